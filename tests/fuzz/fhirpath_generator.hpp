#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/fhirpath/functions.hpp"

// Builds a FHIRPath expression and a resource from bytes: each byte is one choice, and where they
// end every choice is the first, which ends the text. Most of what comes out compiles, and much of
// it evaluates to something.
namespace fhirwall::fuzz {

// Stands in every text of a built resource, and in no expression.
inline constexpr std::string_view kCanary = "Zq7";

class Choices {
 public:
  Choices(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  [[nodiscard]] std::size_t below(std::size_t bound) {
    if (at_ == size_) {
      return 0;
    }
    return data_[at_++] % bound;
  }
  [[nodiscard]] bool one_in(std::size_t bound) { return below(bound) == bound - 1; }
  template <std::size_t N>
  [[nodiscard]] std::string_view of(const std::array<std::string_view, N>& texts) {
    return texts[below(N)];
  }

 private:
  const std::uint8_t* data_;
  std::size_t size_;
  std::size_t at_ = 0;
};

class ExpressionBuilder {
 public:
  explicit ExpressionBuilder(Choices& choices) : choices_(choices) {}
  [[nodiscard]] std::string build() {
    add(kAnything, 0);
    return std::move(out_);
  }

 private:
  // What an argument should be: a letter of kHints.
  static constexpr char kAnything = 'a';
  static constexpr char kBoolean = 'b';
  static constexpr char kInteger = 'i';
  static constexpr char kNumber = 'n';
  static constexpr char kText = 't';
  static constexpr char kTemporal = 'd';
  static constexpr char kQuantity = 'q';
  static constexpr char kPattern = 'p';
  static constexpr char kFlags = 'f';
  static constexpr char kFormat = 'e';
  static constexpr char kUnit = 'u';
  static constexpr char kName = 'v';
  static constexpr char kType = 'y';

  struct Hint {
    std::string_view name;
    std::string_view arguments;  // a letter each
  };
  // Functions that are not named here get anything.
  static constexpr std::array<Hint, 41> kHints = {{{"where", "b"},
                                                   {"exists", "b"},
                                                   {"all", "b"},
                                                   {"take", "i"},
                                                   {"skip", "i"},
                                                   {"iif", "baa"},
                                                   {"substring", "ii"},
                                                   {"indexOf", "t"},
                                                   {"lastIndexOf", "t"},
                                                   {"startsWith", "t"},
                                                   {"endsWith", "t"},
                                                   {"contains", "t"},
                                                   {"replace", "tt"},
                                                   {"matches", "pf"},
                                                   {"matchesFull", "pf"},
                                                   {"replaceMatches", "ptf"},
                                                   {"split", "t"},
                                                   {"join", "t"},
                                                   {"encode", "e"},
                                                   {"decode", "e"},
                                                   {"escape", "e"},
                                                   {"unescape", "e"},
                                                   {"round", "i"},
                                                   {"log", "n"},
                                                   {"power", "n"},
                                                   {"toQuantity", "u"},
                                                   {"convertsToQuantity", "u"},
                                                   {"comparable", "q"},
                                                   {"lowBoundary", "i"},
                                                   {"highBoundary", "i"},
                                                   {"duration", "du"},
                                                   {"difference", "du"},
                                                   {"trace", "ta"},
                                                   {"defineVariable", "va"},
                                                   {"extension", "t"},
                                                   {"conformsTo", "t"},
                                                   {"repeat", "a"},
                                                   {"repeatAll", "a"},
                                                   {"is", "y"},
                                                   {"as", "y"},
                                                   {"ofType", "y"}}};

  static constexpr std::array<std::string_view, 36> kNames = {
      "name",         "given",       "family",
      "use",          "telecom",     "value",
      "system",       "code",        "coding",
      "display",      "text",        "birthDate",
      "period",       "start",       "end",
      "active",       "deceased",    "multipleBirth",
      "contact",      "contained",   "extension",
      "url",          "id",          "meta",
      "lastUpdated",  "reference",   "subject",
      "component",    "unit",        "identifier",
      "resourceType", "valueString", "generalPractitioner",
      "effective",    "nothing",     "`div`"};
  static constexpr std::array<std::string_view, 22> kTypes = {
      "Patient",        "string",         "String",          "System.String",
      "FHIR.string",    "Quantity",       "FHIR.Quantity",   "System.Quantity",
      "boolean",        "Boolean",        "dateTime",        "DateTime",
      "date",           "Reference",      "HumanName",       "Resource",
      "DomainResource", "Element",        "BackboneElement", "Integer",
      "System.Any",     "CodeableConcept"};
  static constexpr std::array<std::string_view, 26> kOperators = {
      " = ",   " != ",      " ~ ",  " !~ ",       " < ",   " <= ",  " > ", " >= ",  " + ",
      " - ",   " * ",       " / ",  " div ",      " mod ", " & ",   " | ", " and ", " or ",
      " xor ", " implies ", " in ", " contains ", " = ",   " and ", " | ", " + "};
  static constexpr std::array<std::string_view, 20> kNumbers = {
      "1",
      "0",
      "2",
      "-1",
      "3",
      "10",
      "2147483647",
      "0.5",
      "1.50",
      "100",
      "-2147483648",
      "0.1",
      "5L",
      "-3.7",
      "9223372036854775807L",
      "99999999999999999999999999999999999999",
      "0.00000000000000000000000000001",
      "31",
      "28",
      "1.0"};
  static constexpr std::array<std::string_view, 19> kTexts = {"'a'",
                                                              "''",
                                                              "'official'",
                                                              "'1'",
                                                              "'2014-01'",
                                                              "' x '",
                                                              "'\\u00e9\\ud83c\\udfe5'",
                                                              "'A,B'",
                                                              "','",
                                                              "'\\n\\t\\''",
                                                              "'4 \\'mg\\''",
                                                              "'true'",
                                                              "'12:30'",
                                                              "'1.5e3'",
                                                              "'http://x'",
                                                              "'YWI='",
                                                              "'6162'",
                                                              "'&lt;'",
                                                              "'2015-02-04T14:34:28Z'"};
  static constexpr std::array<std::string_view, 24> kTemporals = {"@2014",
                                                                  "@2014-02",
                                                                  "@2016-02-29",
                                                                  "@2014T",
                                                                  "@2014-01-31T",
                                                                  "@2014-01-25T14",
                                                                  "@2014-01-25T14:30:14.559+05:00",
                                                                  "@T12",
                                                                  "@T23:59:59.999",
                                                                  "@T14:34",
                                                                  "@9999-12-31",
                                                                  "@0001-01-01",
                                                                  "@2015-02-04T14:34:28Z",
                                                                  "@2012-12-31T23:59:60-14:00",
                                                                  "now()",
                                                                  "today()",
                                                                  "timeOfDay()",
                                                                  "birthDate",
                                                                  "effective",
                                                                  "period.start",
                                                                  "meta.lastUpdated",
                                                                  "@T00",
                                                                  "@2017-11-05T01:30:00.0-04:00",
                                                                  "deceased"};
  static constexpr std::array<std::string_view, 22> kQuantities = {"1 year",
                                                                   "2 months",
                                                                   "3 days",
                                                                   "1 'kg'",
                                                                   "100 'mg'",
                                                                   "0 'Cel'",
                                                                   "4.0 'cm'",
                                                                   "1 '1'",
                                                                   "-5 'mm[Hg]'",
                                                                   "1 week",
                                                                   "7 '[pH]'",
                                                                   "24 hours",
                                                                   "90 minutes",
                                                                   "1.5 seconds",
                                                                   "1000 milliseconds",
                                                                   "1 'a'",
                                                                   "2 'mo'",
                                                                   "3 'foo'",
                                                                   "1 '10*-30/m3'",
                                                                   "value",
                                                                   "1 '[iU]'",
                                                                   "1000000000000 years"};
  static constexpr std::array<std::string_view, 14> kPatterns = {
      "'.*'",           "'a+'",     "'(a|b)*c'", "'^\\\\d{4}$'", "'[A-Z]'",    "'(?i)x'",
      "'\\\\w+\\\\s*'", "'(a*)*b'", "'(?<n>.)'", "'['",          "'.{1,20}x'", "''",
      "'\\\\p{L}'",     "family"};
  static constexpr std::array<std::string_view, 7> kFormats = {
      "'base64'", "'hex'", "'urlbase64'", "'html'", "'json'", "'other'", "family"};
  static constexpr std::array<std::string_view, 11> kUnits = {
      "'day'", "'years'",       "'month'", "'weeks'", "'hours'", "'second'",
      "'mg'",  "'millisecond'", "'d'",     "'x'",     "'Cel'"};
  static constexpr std::array<std::string_view, 14> kVariables = {
      "%v",      "%resource", "%context", "%rootResource", "%ucum", "%before", "%x", "%y",
      "%`vs-a`", "%`ext-b`",  "%v",       "%list",         "%sct",  "%v.name"};

  void put(std::string_view text) { out_ += text; }

  void literal(char kind) {
    switch (kind) {
      case kBoolean: put(choices_.below(2) == 0 ? "true" : "false"); return;
      case kInteger: put(kNumbers[choices_.below(8)]); return;
      case kNumber: put(choices_.of(kNumbers)); return;
      case kText: put(choices_.of(kTexts)); return;
      case kTemporal: put(choices_.of(kTemporals)); return;
      case kQuantity: put(choices_.of(kQuantities)); return;
      case kPattern: put(choices_.of(kPatterns)); return;
      case kFlags: put(choices_.below(2) == 0 ? "'i'" : "'ms'"); return;
      case kFormat: put(choices_.of(kFormats)); return;
      case kUnit: put(choices_.of(kUnits)); return;
      case kName: put(choices_.below(2) == 0 ? "'x'" : "'y'"); return;
      case kType: put(choices_.of(kTypes)); return;
      default: break;
    }
    constexpr std::array<char, 6> kKinds = {kBoolean, kInteger,  kNumber,
                                            kText,    kTemporal, kQuantity};
    literal(kKinds[choices_.below(kKinds.size())]);
  }

  void path() {
    switch (choices_.below(12)) {
      case 0: put("name"); break;
      case 1: put("$this"); break;
      case 2: put(choices_.of(kVariables)); break;
      case 3: put("Patient"); break;
      case 4: put("Observation"); break;
      case 5: put("$index"); break;
      case 6: put("$total"); break;
      case 7: put("{}"); break;
      default: put(choices_.of(kNames)); break;
    }
    for (std::size_t count = choices_.below(4); count > 0; --count) {
      put(".");
      put(choices_.of(kNames));
    }
  }

  void call(int depth) {
    static const std::size_t kCount = [] {
      std::size_t count = 0;
      while (count < 255 && fhirpath::find_function(
                                fhirpath::function_at(static_cast<std::uint8_t>(count)).name) ==
                                static_cast<int>(count)) {
        ++count;
      }
      return count;
    }();
    constexpr std::array<std::string_view, 3> kTypeFunctions = {"is", "as", "ofType"};
    const std::size_t index = choices_.below(kCount + kTypeFunctions.size());
    std::string_view name;
    std::size_t count = 1;
    if (index >= kCount) {
      name = kTypeFunctions[index - kCount];
    } else {
      const fhirpath::Function& function = fhirpath::function_at(static_cast<std::uint8_t>(index));
      name = function.name;
      const std::size_t most = std::min<std::size_t>(function.max_arguments, 3);
      count = function.min_arguments +
              choices_.below(most - std::min<std::size_t>(most, function.min_arguments) + 1);
    }
    std::string_view hints;
    for (const Hint& hint : kHints) {
      hints = hint.name == name ? hint.arguments : hints;
    }
    put(name);
    put("(");
    for (std::size_t i = 0; i < count; ++i) {
      put(i == 0 ? "" : ", ");
      const char kind = i < hints.size() ? hints[i] : kAnything;
      if (kind == kAnything || kind == kBoolean) {
        add(kind, depth + 1);
      } else if (kind != kName && kind != kType && choices_.one_in(4)) {
        add(kAnything, depth + 1);
      } else {
        literal(kind);
      }
      if (name == "sort" && choices_.one_in(3)) {
        put(" desc");
      }
    }
    put(")");
  }

  void term(char kind, int depth) {
    if (choices_.below(3) == 2 && kind != kBoolean) {
      literal(kAnything);
    } else if (depth < kMaxDepth && choices_.one_in(6)) {
      put("(");
      add(kAnything, depth + 1);
      put(")");
    } else if (choices_.one_in(8)) {
      call(depth);
    } else {
      path();
    }
    if (depth >= kMaxDepth || out_.size() > kMaxSize) {
      return;
    }
    for (std::size_t count = choices_.below(4); count > 0 && out_.size() <= kMaxSize; --count) {
      switch (choices_.below(8)) {
        case 0:
          put("[");
          literal(kInteger);
          put("]");
          break;
        case 1:
          put(".");
          put(choices_.of(kNames));
          break;
        default:
          put(".");
          call(depth);
          break;
      }
    }
  }

  void add(char kind, int depth) {
    if (choices_.one_in(12)) {
      put(choices_.below(2) == 0 ? "-" : "+");
    }
    term(kind, depth);
    const std::size_t more = choices_.below(kind == kBoolean ? 3 : 4);
    for (std::size_t count = more; count > 1 && out_.size() <= kMaxSize; --count) {
      if (choices_.one_in(8)) {
        put(choices_.below(2) == 0 ? " is " : " as ");
        put(choices_.of(kTypes));
      }
      put(choices_.of(kOperators));
      term(kAnything, depth + 1);
    }
  }

  static constexpr int kMaxDepth = 4;
  static constexpr std::size_t kMaxSize = 1500;

  Choices& choices_;
  std::string out_;
};

class ResourceBuilder {
 public:
  explicit ResourceBuilder(Choices& choices) : choices_(choices) {}
  [[nodiscard]] std::string build() {
    const bool patient = choices_.below(2) == 0;
    out_ = patient ? R"({"resourceType":"Patient")" : R"({"resourceType":"Observation")";
    for (std::size_t count = 1 + choices_.below(8); count > 0; --count) {
      member(patient);
    }
    out_ += '}';
    return std::move(out_);
  }

 private:
  struct Member {
    std::string_view name;
    std::string_view json;  // `$` is the canary with what surrounds it
  };
  static constexpr std::array<Member, 22> kPatient = {{
      {"active", "true"},
      {"name",
       R"([{"use":"official","family":"$","given":["a$","b","$"],"period":{"start":"2014"}},{"text":"$"}])"},
      {"birthDate", R"("2016-02-29")"},
      {"_birthDate",
       R"({"extension":[{"url":"http://x","valueDateTime":"2016-02-29T10:00:00Z"}]})"},
      {"deceasedDateTime", R"("2020-01-01T10:00:00.123+05:00")"},
      {"deceasedBoolean", "false"},
      {"multipleBirthInteger", "3"},
      {"telecom",
       R"([{"system":"phone","value":"$","rank":1},{"system":"email","value":"\u00e9$"}])"},
      {"identifier",
       R"([{"system":"http://x","value":"$","period":{"start":"2014-01","end":"2015"}}])"},
      {"contact",
       R"([{"name":{"family":"$"},"relationship":[{"coding":[{"system":"s","code":"$"}],"text":"$"}]}])"},
      {"contained", R"([{"resourceType":"Practitioner","id":"p","name":[{"family":"$"}]}])"},
      {"generalPractitioner",
       R"([{"reference":"#p"},{"reference":"Practitioner/1","display":"$"}])"},
      {"extension",
       R"([{"url":"http://x","valueDecimal":1.50},{"url":"y","extension":[{"url":"z","valueString":"$"}]}])"},
      {"meta",
       R"({"lastUpdated":"2015-02-04T14:34:28Z","profile":["http://$"],"tag":[{"code":"$"}]})"},
      {"text",
       R"({"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">$</div>"})"},
      {"id", R"("$")"},
      {"maritalStatus", R"({"coding":[{"code":"M"},{"code":"$"}]})"},
      {"_active", R"({"id":"$"})"},
      {"gender", R"("male")"},
      {"photo", R"([{"data":"YWI=","size":5,"creation":"2014"}])"},
      {"unknownElement", R"([1,{"a":"$"},null,[2]])"},
      {"birthPlace", "null"},
  }};
  static constexpr std::array<Member, 16> kObservation = {{
      {"status", R"("final")"},
      {"valueQuantity",
       R"({"value":1.20,"unit":"mg","system":"http://unitsofmeasure.org","code":"mg"})"},
      {"valueString", R"("$")"},
      {"valuePeriod", R"({"start":"2014-01-01","end":"2014-02-01"})"},
      {"valueTime", R"("12:30:00")"},
      {"valueInteger", "2147483647"},
      {"code", R"({"coding":[{"system":"http://loinc.org","code":"$","display":"$"}],"text":"$"})"},
      {"subject", R"({"reference":"Patient/$"})"},
      {"effectiveDateTime", R"("2015-02")"},
      {"issued", R"("2015-02-04T14:34:28.5Z")"},
      {"component",
       R"([{"code":{"text":"$"},"valueQuantity":{"value":2,"unit":"x"}},{"valueString":"$"}])"},
      {"referenceRange",
       R"([{"low":{"value":1e3,"code":"a","system":"http://unitsofmeasure.org"},"text":"$"}])"},
      {"extension",
       R"([{"url":"http://x","valueDecimal":1E-7},{"url":"n","valueDecimal":123456789012345678901234567890.5}])"},
      {"interpretation", R"([{"coding":[{"code":"$"},{"code":"$"}]},{"text":"$"}])"},
      {"note", R"([{"text":"$\n$","time":"2014"}])"},
      {"_valueString", R"({"extension":[{"url":"u","valueBoolean":true}]})"},
  }};
  static constexpr std::array<std::string_view, 8> kInsides = {
      "", " ", ",", "1", R"(\u0061)", R"(\ud83c\udfe5)", R"(\")", "2014-01-01"};
  // Values of the wrong shape.
  static constexpr std::array<std::string_view, 8> kWrong = {
      "null", "[]", "{}", "1.5", "[null,true]", R"("$")", R"([["$"]])", R"({"value":"$"})"};

  void member(bool patient) {
    const Member& member = patient ? kPatient[choices_.below(kPatient.size())]
                                   : kObservation[choices_.below(kObservation.size())];
    std::string key = ",\"";
    key += member.name;
    key += "\":";
    if (out_.find(key) != std::string::npos) {
      return;
    }
    out_ += key;
    const std::string_view json = choices_.one_in(16) ? choices_.of(kWrong) : member.json;
    for (const char c : json) {
      if (c != '$') {
        out_ += c;
        continue;
      }
      out_ += kCanary;
      out_ += choices_.of(kInsides);
    }
  }

  Choices& choices_;
  std::string out_;
};

}  // namespace fhirwall::fuzz
