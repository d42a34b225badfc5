"""Reads the sources and fails on what the house rules forbid: an include against the layers, a foreign library outside its door,
a file that is too long, a header without guard or opening comment, a clock read past the Clock port. ARCHITECTURE.md draws the layers."""

import pathlib
import re
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCE_FOLDERS = ("agent", "fhir", "mappings")
MAX_LINES = 600

# Every module and the modules it may include. What is not listed is forbidden.
L0 = {"agent/base", "agent/json"}
L1 = {"fhir", "mappings", "agent/eligibility"}
BELOW_L3 = L0 | L1 | {"agent/screening"}
L3 = {"agent/intake", "agent/store", "agent/notify", "agent/monitor", "agent/console", "agent/settings", "fhir/client"}
LAYERS = {
    "agent/base": set(),
    "agent/json": {"agent/base"},
    "fhir": {"agent/base", "agent/json"},
    "mappings": {"agent/base"},
    "agent/eligibility": {"agent/base"},
    "agent/screening": L0 | L1,
    **{adapter: BELOW_L3 for adapter in L3},
    "agent/app": BELOW_L3 | L3,
    "agent": {"agent/app"},  # main.cpp
}

# Every foreign header and the modules that may include it; `one_file`: and there in a single file; `cpp`: and never in a header.
FOREIGN = [
    # (pattern, modules, restrictions)
    (r"rapidjson/", {"agent/json"}, ()),
    (r"yaml-cpp/", {"agent/settings"}, ()),
    (r"sqlite3\.h$", {"agent/store"}, ()),
    (r"(cpprest|pplx)/", {"fhir/client", "agent/notify", "agent/console"}, ("cpp",)),
    (r"curl/", {"agent/notify"}, ()),
    (r"unicode/", {"mappings"}, ("one_file",)),
    (r"re2/", {"mappings"}, ("one_file",)),
    (r"csv\.h$", {"mappings"}, ("one_file",)),
    (r"(spdlog|fmt)/", {"agent/base"}, ()),
    (r"CLI/", {"agent/app"}, ("cpp",)),
    (r"zlib\.h$", {"agent/intake", "fhir/client"}, ()),
    (r"date/", {"agent/base"}, ()),
    (r"tl/expected\.hpp$", {"agent/base"}, ()),
    (r"sodium(\.h$|/)", {"agent/base", "agent/settings"}, ("cpp",)),
    (r"openssl/", {"fhir/client"}, ("cpp",)),
    (r"httplib\.h$", {"agent/monitor"}, ("one_file", "cpp")),
    (r"[a-z]mmintrin\.h$", {"agent/json"}, ("cpp",)),
]
POSIX = re.compile(r"(sys|arpa|netinet)/[a-z_]+\.h$|(dirent|fcntl|netdb|poll|pwd|signal|strings|termios|time|unistd|linux/fs)\.h$")
POSIX_FREE = L1 | {"agent/json", "agent/screening"}
STANDARD = re.compile(r"[a-z_0-9]+$")

# agent/eligibility is a set of pure functions: no input, no output, no clock, no thread.
IMPURE = {"chrono", "ctime", "filesystem", "fstream", "iostream", "mutex", "random", "thread"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
CLOCK = re.compile(r"system_clock::now|\bgettimeofday\s*\(|\bstd::time\s*\(|\btime\s*\(\s*(nullptr|NULL|0)\s*\)")
BAD_NAME = re.compile(r"^\s*(?:class|struct|enum class|enum|using)\s+(\w*(?:Manager|Helper|Util|Utils))\b", re.M)


def module_of(path):
    """The module that a file or an include path such as fhir/client/client.h belongs to; None outside of all modules."""
    folder = pathlib.PurePosixPath(path).parent.as_posix()
    return folder if folder in LAYERS else None


def without_block_comments(text):
    return re.sub(r"/\*.*?\*/", "", text, flags=re.S)


def foreign_problem(path, module, header):
    for pattern, modules, restrictions in FOREIGN:
        if not re.match(pattern, header):
            continue
        if module not in modules:
            return f"<{header}> belongs to {', '.join(sorted(modules))}"
        if "cpp" in restrictions and path.suffix != ".cpp":
            return f"<{header}> may not stand in a header"
        return None
    if POSIX.match(header):
        return f"<{header}> in a module that does no I/O" if module in POSIX_FREE else None
    if not STANDARD.match(header):
        return f"<{header}> is a foreign header without an owner; give it a module in {pathlib.Path(__file__).name}"
    if module == "agent/eligibility" and header in IMPURE:
        return f"<{header}> in agent/eligibility, which is pure"
    return None


def include_problems(path, module, text):
    for kind, name in INCLUDE.findall(without_block_comments(text)):
        problem = None
        if kind == "<":
            problem = foreign_problem(path, module, name)
        elif module_of(name) is None:
            problem = f'"{name}" is not written from the root of the project'
        elif module_of(name) != module and module_of(name) not in LAYERS[module]:
            problem = f'"{name}": {module} may not include {module_of(name)}'
        if problem:
            yield problem


def text_problems(path, module, text):
    lines = text.count("\n")
    if lines > MAX_LINES:
        yield f"{lines} lines, more than {MAX_LINES}"
    if path.suffix == ".h" and "#pragma once" not in text:
        yield "no #pragma once"
    if not text.startswith("//") and not (path.suffix == ".cpp" and path.with_suffix(".h").is_file()):
        yield "does not open with a comment on what it is for"
    if module != "agent/base" and CLOCK.search(text):
        yield "reads the time past the Clock port"
    for name in BAD_NAME.findall(text):
        yield f"{name} says nothing; name the domain's thing"


def one_file_problems(users):
    for pattern, files in users.items():
        if len(files) > 1:
            yield f"{pattern} is included by {len(files)} files, not one: {', '.join(sorted(files))}"


def problems_of(root):
    """Every violation under `root`, as FILE: problem."""
    found = []
    users = {pattern: set() for pattern, _, restrictions in FOREIGN if "one_file" in restrictions}
    for folder in SOURCE_FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in (".h", ".cpp"):
                continue
            name = path.relative_to(root).as_posix()
            module, text = module_of(name), path.read_text(encoding="utf-8")
            if module is None:
                found.append(f"{name}: lies in no module of the layer drawing")
                continue
            found += [f"{name}: {problem}" for problem in (*include_problems(path, module, text), *text_problems(path, module, text))]
            for _, header in INCLUDE.findall(text):
                for pattern in users:
                    if re.match(pattern, header):
                        users[pattern].add(name)
    return found + list(one_file_problems(users))


class TheRepository(unittest.TestCase):
    def test_obeys_the_rules(self):
        self.assertEqual([], problems_of(ROOT), "\n")

    def test_is_what_is_read(self):
        self.assertTrue((ROOT / "agent/main.cpp").is_file())
        modules = {module_of(p.relative_to(ROOT)) for f in SOURCE_FOLDERS for p in (ROOT / f).rglob("*.cpp")}
        self.assertLessEqual({"agent", "agent/app", "fhir", "fhir/client", "mappings", "agent/eligibility", "agent/store"}, modules)


class AViolation(unittest.TestCase):
    """Each rule is broken once, in a tree of its own, and must be found."""

    def problems(self, files):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in files.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text, encoding="utf-8")
            return problems_of(root)

    def assert_one(self, name, text, expected):
        found = self.problems({name: text})
        self.assertEqual(1, len(found), found)
        self.assertIn(expected, found[0])

    def test_none_in_a_clean_file(self):
        clean = '// Reads pages.\n#include <curl/curl.h>\n#include <unistd.h>\n#include <vector>\n#include "fhir/record.h"\n#include "agent/notify/mail.h"\n'
        self.assertEqual([], self.problems({"agent/notify/mail.cpp": clean}))

    def test_include_upwards(self):
        self.assert_one("fhir/a.cpp", '// A.\n#include "agent/screening/chart.h"\n', "fhir may not include agent/screening")

    def test_include_between_modules_of_the_first_layer(self):
        self.assert_one("mappings/a.h", '// A.\n#pragma once\n#include "fhir/record.h"\n', "mappings may not include fhir")

    def test_include_between_adapters(self):
        self.assert_one("agent/store/a.cpp", '// A.\n#include "fhir/client/client.h"\n', "agent/store may not include fhir/client")

    def test_include_of_the_network_half_by_the_decoder(self):
        self.assert_one("fhir/a.cpp", '// A.\n#include "fhir/client/client.h"\n', "fhir may not include fhir/client")

    def test_include_in_disguise(self):
        self.assert_one("agent/base/a.cpp", '// A.\n  #  include  "agent/json/value.h"\n', "agent/base may not include agent/json")

    def test_include_by_a_relative_path(self):
        self.assert_one("fhir/a.cpp", '// A.\n#include "record.h"\n', "not written from the root")

    def test_foreign_header_outside_its_door(self):
        self.assert_one("fhir/a.cpp", "// A.\n#include <rapidjson/reader.h>\n", "<rapidjson/reader.h> belongs to agent/json")

    def test_foreign_header_in_a_header(self):
        self.assert_one("fhir/client/a.h", "// A.\n#pragma once\n#include <cpprest/http_client.h>\n", "may not stand in a header")

    def test_foreign_header_in_a_second_file(self):
        text = "// A.\n#include <re2/re2.h>\n"
        found = self.problems({"mappings/a.cpp": text, "mappings/b.cpp": text})
        self.assertEqual(["re2/ is included by 2 files, not one: mappings/a.cpp, mappings/b.cpp"], found)

    def test_foreign_header_that_nobody_owns(self):
        self.assert_one("agent/app/a.cpp", "// A.\n#include <boost/asio.hpp>\n", "foreign header without an owner")

    def test_operating_system_in_a_module_without_io(self):
        self.assert_one("agent/screening/a.cpp", "// A.\n#include <unistd.h>\n", "does no I/O")

    def test_clock_in_the_evaluation(self):
        self.assert_one("agent/eligibility/a.cpp", "// A.\n#include <chrono>\n", "which is pure")

    def test_clock_read_past_its_port(self):
        self.assert_one("agent/app/a.cpp", "// A.\nauto now = std::chrono::system_clock::now();\n", "past the Clock port")

    def test_file_that_is_too_long(self):
        self.assert_one("fhir/a.cpp", "// A.\n" * (MAX_LINES + 1), f"more than {MAX_LINES}")

    def test_header_without_guard(self):
        self.assert_one("fhir/a.h", "// A.\n", "no #pragma once")

    def test_file_without_opening_comment(self):
        self.assert_one("fhir/a.cpp", "int a;\n", "open with a comment")
        self.assert_one("fhir/a.h", "#pragma once\n", "open with a comment")

    def test_none_in_a_source_whose_header_says_what_it_is_for(self):
        self.assertEqual([], self.problems({"fhir/a.h": "// A.\n#pragma once\n", "fhir/a.cpp": '#include "fhir/a.h"\n'}))

    def test_empty_name(self):
        self.assert_one("fhir/a.cpp", "// A.\nclass PatientManager {};\n", "PatientManager")

    def test_file_outside_of_all_modules(self):
        self.assert_one("agent/misc/a.cpp", "// A.\n", "lies in no module")


if __name__ == "__main__":
    unittest.main()
