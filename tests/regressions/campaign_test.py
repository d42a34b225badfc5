"""Sequences by which a campaign (tests/system/campaign.py) found a defect, each shortened to what shows it; `about` tells the defect.
Usage: campaign_test.py BINARY"""

import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
CAMPAIGN = HERE.parent / "system/campaign.py"

if __name__ == "__main__":
    kept = sorted(map(str, (HERE / "campaign").glob("*.json")))
    sys.exit(subprocess.run([sys.executable, str(CAMPAIGN), *sys.argv[1:], "--replay", *kept], check=False).returncode)
