#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/fhirpath/functions.hpp"
#include "tests/fuzz/fhirpath_vocabulary.hpp"

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

// Expressions of a wanted kind, now and then of another one.
class ExpressionBuilder {
 public:
  explicit ExpressionBuilder(Choices& choices) : choices_(choices) {}
  [[nodiscard]] std::string build() {
    expression(kAnything, 0);
    return std::move(out_);
  }

 private:
  using Texts = std::span<const std::string_view>;

  static constexpr int kMaxDepth = 4;
  static constexpr std::size_t kMaxSize = 1200;

  [[nodiscard]] bool full(int depth) const { return depth >= kMaxDepth || out_.size() > kMaxSize; }
  void put(std::string_view text) { out_ += text; }
  void put_one(Texts texts) { put(texts[choices_.below(texts.size())]); }

  [[nodiscard]] char any_kind() {
    constexpr std::array<char, 7> kKinds = {kCollection, kText,     kInteger, kBoolean,
                                            kTemporal,   kQuantity, kNumber};
    return kKinds[choices_.below(kKinds.size())];
  }

  void expression(char kind, int depth) {
    if (kind == kAnything || choices_.one_in(12)) {
      kind = any_kind();
    }
    if (full(depth)) {
      term(kind, depth);
      return;
    }
    const std::size_t form = choices_.below(6);
    switch (form < 2 ? kAnything : kind) {
      case kBoolean: truth(form, depth); return;
      case kInteger: binary(kind, kind, texts::kIntegerOperators, depth); return;
      case kNumber: binary(kind, kind, texts::kNumberOperators, depth); return;
      case kText: binary(kText, kText, texts::kTextOperators, depth); return;
      case kTemporal: binary(kTemporal, kQuantity, texts::kSigns, depth); return;
      case kQuantity:
        binary(kQuantity, form < 4 ? kQuantity : kNumber, texts::kNumberOperators, depth);
        return;
      case kCollection:
        binary(kCollection, form < 4 ? kCollection : any_kind(), texts::kUnions, depth);
        return;
      default: term(kind, depth); return;
    }
  }

  void binary(char left, char right, Texts operators, int depth) {
    term(left, depth + 1);
    put_one(operators);
    term(right, depth + 1);
  }

  void truth(std::size_t form, int depth) {
    switch (form) {
      case 2: binary(kBoolean, kBoolean, texts::kLogic, depth); return;
      case 3: {
        const char kind = any_kind();
        binary(kind, kind, texts::kComparisons, depth);
        return;
      }
      case 4: binary(kCollection, kCollection, texts::kMemberships, depth); return;
      default:
        term(any_kind(), depth + 1);
        put(choices_.below(2) == 0 ? " is " : " = ");
        put_one(texts::kTypes);
        return;
    }
  }

  void term(char kind, int depth) {
    if (kind == kAnything || choices_.one_in(16)) {
      kind = any_kind();
    }
    const std::size_t form = full(depth) ? 0 : choices_.below(8);
    if (form < 3) {
      atom(kind);
    } else if (form == 3) {
      put(choices_.one_in(4) ? "-(" : "(");
      expression(kind, depth + 1);
      put(")");
    } else if (choices_.one_in(8)) {
      term(kind, depth + 1);
      any_call(depth);
    } else {
      call(kind, depth);
    }
    if (choices_.one_in(12)) {
      put("[");
      put_one(Texts(texts::kNumbers).first(3));
      put("]");
    }
  }

  void atom(char kind) {
    if (choices_.one_in(10)) {
      put_one(texts::kAnywhere);
      return;
    }
    switch (kind) {
      case kBoolean: put_one(texts::kBooleans); return;
      case kInteger: put_one(Texts(texts::kNumbers).first(10)); return;
      case kNumber: put_one(texts::kNumbers); return;
      case kText: put_one(texts::kTexts); return;
      case kTemporal: put_one(texts::kTemporals); return;
      case kQuantity: put_one(texts::kQuantities); return;
      case kPattern: put_one(texts::kPatterns); return;
      case kFlags: put(choices_.below(2) == 0 ? "'i'" : "'ms'"); return;
      case kFormat: put_one(texts::kFormats); return;
      case kUnit: put_one(texts::kUnits); return;
      case kName: put(choices_.below(2) == 0 ? "'x'" : "'y'"); return;
      case kType: put_one(texts::kTypes); return;
      default: break;
    }
    put_one(texts::kPaths);
    if (choices_.one_in(4)) {
      put(".");
      put_one(texts::kNames);
    }
  }

  void arguments(std::string_view name, std::string_view kinds, int depth) {
    put(".");
    put(name);
    put("(");
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      put(i == 0 ? "" : ", ");
      const bool is_value = kinds[i] <= 'd' || kinds[i] == kInteger || kinds[i] == kNumber ||
                            kinds[i] == kQuantity || kinds[i] == kText;
      if (is_value) {
        expression(kinds[i], depth + 1);
      } else {
        atom(kinds[i]);
      }
      if (name == "sort" && choices_.one_in(3)) {
        put(" desc");
      }
    }
    put(")");
  }

  // A function that yields the kind.
  void call(char kind, int depth) {
    const auto yields = [kind](const Signature& one) { return one.result == kind; };
    const auto count =
        static_cast<std::size_t>(std::count_if(kSignatures.begin(), kSignatures.end(), yields));
    std::size_t chosen = choices_.below(count == 0 ? 1 : count);
    for (const Signature& one : kSignatures) {
      if (yields(one) && chosen-- == 0) {
        term(one.input, depth + 1);
        arguments(one.name, one.arguments, depth);
        return;
      }
    }
    atom(kind);
  }

  // Any function of the tables, with as many arguments as it may have.
  void any_call(int depth) {
    static const std::size_t kCount = [] {
      std::size_t count = 0;
      const auto at = [](std::size_t index) {
        return fhirpath::find_function(
            fhirpath::function_at(static_cast<std::uint8_t>(index)).name);
      };
      while (count < 255 && at(count) == static_cast<int>(count)) {
        ++count;
      }
      return count;
    }();
    const auto index = static_cast<std::uint8_t>(choices_.below(kCount));
    const fhirpath::Function& function = fhirpath::function_at(index);
    const std::size_t least = function.min_arguments;
    const std::size_t most =
        std::max<std::size_t>(least, std::min<std::size_t>(function.max_arguments, 3));
    arguments(function.name,
              std::string_view("aaaaaaaa").substr(0, least + choices_.below(most - least + 1)),
              depth);
  }

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
