"""The hand-made hospital on HAPI FHIR JPA."""
import sys
import urllib.error

import hapi
from world import SKIPPED, Cycles, World

BUNDLE = 50  # resources a transaction


class Jpa(World):
    """Everything that was there before is expunged. It lists exports, and wants to be asked about one every two minutes: `bulk` is for the test
    that has that time."""

    def __init__(self, server, bulk="never", **options):
        super().__init__(server, **options)
        self.bulk = bulk

    def configure(self, **changes):
        super().configure(**{**changes, "ehr": changes.get("ehr", "") + ", bulk: {use: %s}" % self.bulk})

    def fill(self):
        """Work of its own that HAPI still has under way from before may meet it there (409): then once more from the beginning."""
        for attempts_left in (2, 1, 0):
            try:
                return self.fill_once()
            except urllib.error.HTTPError as error:
                if error.code != 409 or attempts_left == 0:
                    raise

    def fill_once(self):
        everything = {"resourceType": "Parameters", "parameter": [{"name": "expungeEverything", "valueBoolean": True}]}
        self.request("POST", "$expunge", everything)
        for start in range(0, len(self.resources), BUNDLE):
            entries = [{"resource": each, "request": {"method": "PUT", "url": f"{each['resourceType']}/{each['id']}"}}
                       for each in self.resources[start:start + BUNDLE]]
            self.request("POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": entries})


class BesideJpa(Cycles):
    """Tests that share one server."""

    OPTIONS = {}

    @classmethod
    def setUpClass(cls):
        cls.server = hapi.start("HapiJpaPeer", "1g", **cls.OPTIONS)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()


def with_servers(main):
    """Runs the tests once the servers are built; ends with SKIPPED where they cannot be."""
    try:
        hapi.install()
    except hapi.Unavailable as error:
        print(f"hapi: no servers to be had: {error}", file=sys.stderr)
        sys.exit(SKIPPED)
    main()
