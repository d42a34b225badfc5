// A site's own mappings: what they may say, in which encodings, and the exact words for each flaw.
#include "tests/mappings/load.h"

using namespace trialflag::mappings;
using namespace trialflag::mappings::test;

namespace {

constexpr const char* kLocal = "http://hospital.example/dx";

/// What is wrong, with FOLDER for the folder's path; one flaw a line.
std::string flaws_of(const Folder& folder) {
  std::vector<TableFlaw> flaws;
  const std::vector<std::filesystem::path> paths{folder.path()};
  const auto loaded = Tables::load(kShipped, paths, flaws);
  CHECK(loaded.has_value() == flaws.empty());
  std::string out;
  for (const TableFlaw& flaw : flaws) out += flaw.file + ":" + std::to_string(flaw.line) + ": " + flaw.problem + "\n";
  const std::string path = folder.path().string();
  for (std::size_t at = out.find(path); at != std::string::npos; at = out.find(path)) out.replace(at, path.size(), "FOLDER");
  return out;
}

std::string utf16(std::string_view ascii, bool big_endian, bool mark) {
  std::string out = !mark ? "" : big_endian ? "\xFE\xFF" : "\xFF\xFE";
  for (const char c : ascii) {
    if (big_endian) out += '\0';
    out += c;
    if (!big_endian) out += '\0';
  }
  return out;
}

}  // namespace

TEST_CASE("overlay: a site's row wins over the shipped one, a later folder over an earlier one") {
  const Folder first{{"codes.csv", "system,code,concept,use\nICD10CM,E11.9,diabetes_mellitus,trap\n"}};
  const Folder second{{"codes.csv", "system,code,concept,use\nICD10CM,E119,diabetes_mellitus,review\n"}};
  CHECK(role_in(*load_over({&first}), "diabetes_mellitus", kIcd10cm, "E11.9", Place::condition) == "trap");
  CHECK(role_in(*load_over({&first, &second}), "diabetes_mellitus", kIcd10cm, "E11.9", Place::condition) == "review");
  CHECK(role_in(*load_over({&second, &first}), "diabetes_mellitus", kIcd10cm, "E11.9", Place::condition) == "trap");
  CHECK(role_in(*load_over({&first}), "diabetes_mellitus", kIcd10cm, "E11.8", Place::condition) == "include");
  const auto tables = load_over({&first});
  std::vector<CodeMatch> found;
  tables->match_code(kIcd10cm, "E11.9", Place::condition, found);
  REQUIRE_FALSE(found.empty());
  CHECK(found[0].by_site);
  CHECK(tables->origin(found[0]).file == (first.path() / "codes.csv").string());
  CHECK(tables->origin(found[0]).line == 2);
}

TEST_CASE("overlay: a star stands for all codes that begin so, the code itself beats it") {
  const Folder folder{
      {"codes.csv", "system,code,concept,use\nICD10CM,E11*,diabetes_mellitus,trap\nICD10CM,E11,diabetes_mellitus,include\n" +
                        std::string(kLocal) + ",DM*,diabetes_mellitus,include\n"}};
  const auto tables = load_over({&folder});
  CHECK(role_in(*tables, "diabetes_mellitus", kIcd10cm, "E11", Place::condition) == "include");
  CHECK(role_in(*tables, "diabetes_mellitus", kIcd10cm, "E11.9", Place::condition) == "trap");
  CHECK(role_in(*tables, "diabetes_mellitus", kLocal, "dm-2", Place::condition) == "include");
  CHECK(role_in(*tables, "diabetes_mellitus", kLocal, "D", Place::condition) == "none");
}

TEST_CASE("overlay: a system of the site's own is known by its normalised name") {
  const Folder folder{{"codes.csv", "system;code;concept;use;display\nHTTPS://Hospital.example/dx/;A1;fibromyalgia;include;ours\n"}};
  const auto tables = load_over({&folder});
  CHECK(tables->system_key(kLocal) == "http://hospital.example/dx");
  CHECK(role_in(*tables, "fibromyalgia", kLocal, "a1", Place::condition) == "include");
  CHECK(role_in(*tables, "fibromyalgia", "", "a1", Place::condition) == "none");
  CHECK(role_in(*tables, "fibromyalgia", kLocal, "M79.7", Place::condition) == "review");
}

TEST_CASE("overlay: a code without system may be mapped too") {
  const Folder folder{{"codes.csv", "system,code,concept,use\n,FM1,fibromyalgia,include\n"}};
  const auto tables = load_over({&folder});
  CHECK(role_in(*tables, "fibromyalgia", "", "FM1", Place::condition) == "include");
  CHECK(role_in(*tables, "fibromyalgia", kLocal, "FM1", Place::condition) == "none");
}

TEST_CASE("overlay: ignore takes a code off the unmapped list, with a concept also out of the concept") {
  const Folder folder{{"codes.csv", "system,code,concept,use\n" + std::string(kLocal) +
                                        ",Z9,,ignore\nICD10CM,E11.9,,ignore\nICD10CM,E10.9,diabetes_mellitus,ignore\n"}};
  const auto tables = load_over({&folder});
  CHECK(tables->knows(kLocal, "Z9", Place::condition));
  CHECK_FALSE(tables->knows(kLocal, "Z8", Place::condition));
  CHECK(role_in(*tables, "diabetes_mellitus", kLocal, "Z9", Place::condition) == "none");
  CHECK(role_in(*tables, "diabetes_mellitus", kIcd10cm, "E11.9", Place::condition) == "include");
  CHECK(role_in(*tables, "diabetes_mellitus", kIcd10cm, "E10.9", Place::condition) == "ignore");
}

TEST_CASE("overlay: a system's name on site is an alias of a known system") {
  const Folder aliases{{"systems.csv", "alias,system\nDIAG,ICD10CN\nhttp://his.example/icd,http://hl7.org/fhir/sid/icd-10\n"}};
  const Folder codes{{"codes.csv", "system,code,concept,use\ndiag,Q99.900,fibromyalgia,include\n"}};
  const auto tables = load_over({&codes, &aliases});
  CHECK(tables->system_key("diag") == "ICD10CN");
  CHECK(tables->system_key("https://his.example/icd/") == "ICD10");
  CHECK(role_in(*tables, "fibromyalgia", "DIAG", "M79.700", Place::condition) == "include");
  CHECK(role_in(*tables, "fibromyalgia", "urn:oid:2.16.156.10011.2.3.3.11", "Q99.900", Place::condition) == "include");
}

TEST_CASE("overlay: a site may give a shipped name another meaning") {
  const Folder folder{{"systems.csv", "alias,system\nhttp://hl7.org/fhir/sid/icd-10,ICD10CN\n"}};
  CHECK(load_over({&folder})->system_key("http://hl7.org/fhir/sid/icd-10") == "ICD10CN");
}

TEST_CASE("overlay: a site's phrase is matched like the shipped words and wins over them") {
  const Folder folder{{"text.csv",
                       "concept,pattern,use,language\nfibromyalgia,FMS "
                       "chart,include,en\nfibromyalgia,纤痛,review,zh\nfibromyalgia,fibrositis,include,en\n"}};
  const auto tables = load_over({&folder});
  CHECK(outcome_in(*tables, "fibromyalgia", "see fms chart") == "include");
  CHECK(outcome_in(*tables, "fibromyalgia", "no fms chart") == "negated");
  CHECK(outcome_in(*tables, "fibromyalgia", "xfms chart") == "none");
  CHECK(outcome_in(*tables, "fibromyalgia", "患纤痛者") == "review");
  CHECK(outcome_in(*tables, "fibromyalgia", "Fibrositis") == "include");
  std::vector<TextMatch> found;
  tables->match_text("Fibrositis", found);
  REQUIRE_FALSE(found.empty());
  CHECK(found[0].by_site);
  CHECK(tables->origin(found[0]).line == 4);
}

TEST_CASE("overlay: a site's regular expression is read over the normalised text, filters apply") {
  const Folder folder{
      {"text.csv", "concept,pattern,use,language\nfibromyalgia,\"/\\bfmq\\s*[12]\\b/\",include,\nosa,\"/鼾.{0,3}暂停/\",review,zh\n"}};
  const auto tables = load_over({&folder});
  CHECK(outcome_in(*tables, "fibromyalgia", "Dx ＦＭＱ 2") == "include");
  CHECK(outcome_in(*tables, "fibromyalgia", "No FMQ 2") == "negated");
  CHECK(outcome_in(*tables, "fibromyalgia", "FMQ 3") == "none");
  CHECK(outcome_in(*tables, "osa", "夜间打鼾伴暂停") == "review");
}

TEST_CASE("overlay: a site's unit comes before the shipped ones") {
  const Folder folder{
      {"units.csv", "concept,unit,ucum,factor,offset\nhba1c,ifcc units,,0.0915,2.15\nhba1c,,%,10,\nbody_weight,stone,[stone_av],6.35,\n"}};
  const auto tables = load_over({&folder});
  CHECK(tables->to_canonical(*tables->find("hba1c"), 48, "", "IFCC Units", "") == Approx(6.542));
  CHECK(tables->to_canonical(*tables->find("hba1c"), 0.7, "%", "", "") == Approx(7));
  CHECK(tables->to_canonical(*tables->find("body_weight"), 11, "", "stone", "") == Approx(69.85));
}

TEST_CASE("overlay: the same rows in every encoding and separator") {
  const std::string rows = "system,code,concept,use\r\nICD10CM,E11.9,diabetes_mellitus,trap\r\n";
  const auto with = [&](char separator) {
    std::string out = rows;
    for (char& c : out) c = c == ',' ? separator : c;
    return out;
  };
  for (const std::string& bytes : {rows, "\xEF\xBB\xBF" + rows, with(';'), with('\t'), utf16(rows, false, true), utf16(rows, true, true),
                                   utf16(rows, false, false), utf16(rows, true, false), "\n\n" + rows}) {
    for (const char* name : {"codes.csv", "codes.tsv", "Codes.TXT"}) {
      const Folder folder{{name, bytes}};
      CHECK(role_in(*load_over({&folder}), "diabetes_mellitus", kIcd10cm, "E11.9", Place::condition) == "trap");
    }
  }
  const Folder gb18030{{"text.csv", "concept,pattern,use,language\nfibromyalgia,\xCF\xCB\xCD\xB4\xB2\xA1,include,zh\n"}};
  CHECK(outcome_in(*load_over({&gb18030}), "fibromyalgia", "纤痛病") == "include");
}

TEST_CASE("overlay: quoted fields hold separators and line breaks, lines are still counted") {
  const Folder folder{
      {"codes.csv", "system,code,concept,use,comment\nICD10CM,E11.9,diabetes_mellitus,trap,\"a, b\nc\"\n\nICD10CM,E10,nothing,trap,\n"}};
  CHECK(flaws_of(folder).starts_with("FOLDER/codes.csv:5: unknown concept 'nothing'; did you mean '"));
}

TEST_CASE("overlay: an empty file of headers, and a folder without files, are well") {
  const Folder empty, headers{{"codes.csv", "system,code,concept,use\n"}};
  CHECK(flaws_of(empty).empty());
  CHECK(flaws_of(headers).empty());
}

TEST_CASE("overlay: each flaw is told by file and line, with what to do") {
  struct Case {
    const char* name;
    std::string text, flaws;
  };
  const std::string codes = "system,code,concept,use\n";
  const std::vector<Case> cases{
      {"codes.csv", codes + "ICD10CM,E11,diabetes_melitus,include\n",
       "FOLDER/codes.csv:2: unknown concept 'diabetes_melitus'; did you mean 'diabetes_mellitus'?\n"},
      {"codes.csv", codes + "ICD10CM,E11,gout,includes\n",
       "FOLDER/codes.csv:2: unknown use 'includes'; write include, review, trap or ignore\n"},
      {"codes.csv", codes + "ICD10CM,E11,gout,evidence\n",
       "FOLDER/codes.csv:2: unknown use 'evidence'; write include, review, trap or ignore\n"},
      {"codes.csv", codes + "ICD10CM,,gout,include\n", "FOLDER/codes.csv:2: the code is empty; write it, or remove the row\n"},
      {"codes.csv", codes + "ICD10CM,*,gout,include\n",
       "FOLDER/codes.csv:2: a code of * alone would be every code; write how the codes begin\n"},
      {"codes.csv", codes + "LOINC,1*2,gout,include\n",
       "FOLDER/codes.csv:2: '1*2' has a * within; * stands at the end alone, for all codes that begin so\n"},
      {"codes.csv", "system,code,concept,use,use\nLOINC,1,gout,include,trap\n",
       "FOLDER/codes.csv:1: the header has the column 'use' twice; keep one of them\n"},
      {"code.csv", codes, "FOLDER/code.csv:1: a file of this name is not read; name it codes.csv, or move it elsewhere\n"},
      {"Units.xlsx", "", "FOLDER/Units.xlsx:1: a spreadsheet is not read; save it as units.csv\n"},
      {"test.csv", "", ""},
      {"codes.md", "", ""},
      {"codes.csv", codes + "ICD10CN,A1+B2*,gout,include\n",
       "FOLDER/codes.csv:2: 'A1+B2*' is a pair of codes; write a row for each half\n"},
      {"codes.csv", codes + "LOINC," + std::string(65, '1') + ",gout,include\n",
       "FOLDER/codes.csv:2: the code is longer than 64 characters; map its text instead\n"},
      {"codes.csv", "system,code,concept\nICD10CM,E11,gout\n",
       "FOLDER/codes.csv:1: the header lacks the column 'use'; it needs system, code, concept, use\n"},
      {"codes.csv", "", "FOLDER/codes.csv:1: the file has no header row; name the columns in the first line\n"},
      {"codes.csv", codes + "a,b,gout,include\nICD10CM,\"E11,gout,include\n",
       "FOLDER/codes.csv:3: a quote that opens here is never closed; close it or remove it\n"},
      {"codes.csv", codes + "ICD10CM,E11.9,gout,include\nhttp://hl7.org/fhir/sid/icd-10-cm,E119,gout,trap\n",
       "FOLDER/codes.csv:3: 'trap' contradicts FOLDER/codes.csv:2, which says 'include' of the same system, code and concept; keep one of "
       "them\n"},
      {"systems.csv", "alias,system\nX,ICD10CX\n", "FOLDER/systems.csv:2: unknown system 'ICD10CX'; did you mean 'ICD10CM'?\n"},
      {"systems.csv", "alias,system\n,ICD10\n",
       "FOLDER/systems.csv:2: the alias is empty; write what the records say, or remove the row\n"},
      {"systems.csv", "alias,system\nX,ICD10\nX,LOINC\n",
       "FOLDER/systems.csv:3: 'LOINC' contradicts FOLDER/systems.csv:2, which says 'ICD10' of the same alias; keep one of them\n"},
      {"text.csv", "concept,pattern,use\ngout,/a(b/,include\n",
       "FOLDER/text.csv:2: the regular expression cannot be used: missing ): a(b; correct it\n"},
      {"text.csv", "concept,pattern,use\ngout,/a*/,include\n",
       "FOLDER/text.csv:2: the regular expression cannot be used: it matches the empty text; correct it\n"},
      {"text.csv", "concept,pattern,use\ngout, ,include\n",
       "FOLDER/text.csv:2: the pattern is empty; write a phrase or /a regular expression/, or remove the row\n"},
      {"text.csv", "concept,pattern,use\ngout,big toe,include\ngout,big toe,trap\n",
       "FOLDER/text.csv:3: 'trap' contradicts FOLDER/text.csv:2, which says 'include' of the same concept and pattern; keep one of them\n"},
      {"units.csv", "concept,unit,ucum,factor\nhba1c,x,,1;5\n",
       "FOLDER/units.csv:2: the factor '1;5' is not a number above zero; write it as 0.5\n"},
      {"units.csv", "concept,unit,ucum,factor\nhba1c,x,,0\n",
       "FOLDER/units.csv:2: the factor '0' is not a number above zero; write it as 0.5\n"},
      {"units.csv", "concept,unit,ucum,factor\nhba1c,x,,-1\n",
       "FOLDER/units.csv:2: the factor '-1' is not a number above zero; write it as 0.5\n"},
      {"units.csv", "concept,unit,ucum,factor\ngout,x,,1\n",
       "FOLDER/units.csv:2: gout is not measured in a unit; remove the row, or name the concept that is\n"},
      {"units.csv", "concept,unit,ucum,factor,offset\nhba1c,x,,1,a\n",
       "FOLDER/units.csv:2: the offset 'a' is not a number; write it as 2.15\n"},
      {"units.csv", "concept,unit,ucum,factor\nhba1c,,,1\n", "FOLDER/units.csv:2: unit and ucum are both empty; write at least one\n"},
      {"units.csv", "concept,unit,ucum,factor\nhba1c,x,,1\nhba1c,X,,2\n",
       "FOLDER/units.csv:3: '2' contradicts FOLDER/units.csv:2, which says '1' of the same concept and unit; keep one of them\n"},
      {"text.csv", "concept,pattern,use\ngout,\xFF\xFF\xFF,include\n",
       "FOLDER/text.csv:1: this is neither UTF-8 nor UTF-16 nor GB18030; save it as UTF-8\n"},
  };
  for (const Case& each : cases) {
    const Folder folder{{each.name, each.text}};
    CHECK(flaws_of(folder) == each.flaws);
  }
}

TEST_CASE("overlay: two files of one kind are an error naming both") {
  const Folder folder{{"codes.csv", "system,code,concept,use\n"}, {"codes.tsv", "system\tcode\tconcept\tuse\n"}};
  CHECK(flaws_of(folder) == "FOLDER/codes.csv:1: FOLDER/codes.tsv holds codes too; keep one of the two files\n");
}

TEST_CASE("overlay: a folder that does not exist is an error") {
  std::vector<TableFlaw> flaws;
  const std::vector<std::filesystem::path> paths{"/nonexistent/mappings"};
  CHECK_FALSE(Tables::load(kShipped, paths, flaws).has_value());
  REQUIRE(flaws.size() == 1);
  CHECK(flaws[0].problem == "this folder of site mappings does not exist; create it or take it out of the configuration");
}

TEST_CASE("overlay: all flaws of all files are told at once, and the error is the first") {
  const Folder folder{{"codes.csv", "system,code,concept,use\nICD10CM,E11,x,include\nICD10CM,E11,gout,x\n"},
                      {"text.csv", "concept,pattern,use\nx,y,include\n"}};
  std::vector<TableFlaw> flaws;
  const std::vector<std::filesystem::path> paths{folder.path()};
  const auto loaded = Tables::load(kShipped, paths, flaws);
  REQUIRE_FALSE(loaded.has_value());
  CHECK(flaws.size() == 3);
  CHECK(loaded.error().code == trialflag::ErrorCode::invalid_config);
  CHECK(loaded.error().message == flaws[0].file + ":2: " + flaws[0].problem);
}

TEST_CASE("tables: the version changes with any row, and with nothing else") {
  const Folder one{{"codes.csv", "system,code,concept,use\nICD10CM,E11,gout,review\n"}},
      same{{"codes.csv", "system,code,concept,use\nICD10CM,E11,gout,review\n"}},
      other{{"codes.csv", "system,code,concept,use\nICD10CM,E11,gout,trap\n"}};
  CHECK(load_over({&one})->version() == load_over({&same})->version());
  CHECK(load_over({&one})->version() != load_over({&other})->version());
  CHECK(load_over({&one})->version() != shipped().version());
  CHECK(load_over({})->version() == shipped().version());
}

TEST_CASE("tables: a shipped folder that is damaged is told by file and line") {
  const Folder damaged{
      {"concepts.tsv", "concept\tlabel\nfibromyalgia\tx\n"},
      {"systems.tsv", "system\tform\turi\nICD10\ticd\thttp://x\n"},
      {"codes.tsv", "system\tcode\tconcept\trole\nICD10\tM79.7\tfibromialgia\tinclude\nICD11\t8E4A\tfibromyalgia\tinclude\n"}};
  std::vector<TableFlaw> flaws;
  CHECK_FALSE(Tables::load(damaged.path(), {}, flaws).has_value());
  REQUIRE(flaws.size() > 2);
  CHECK(flaws[0].line == 2);
  CHECK(flaws[0].problem == "concepts.tsv does not name the concept 'fibromialgia'");
  CHECK(flaws[1].problem == "systems.tsv does not name the system 'ICD11'");
  for (std::size_t i = 2; i < flaws.size(); ++i) CHECK(flaws[i].problem == "this table cannot be read; install it again");
}
