#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/redact/closure_facts.hpp"
#include "core/redact/judge.hpp"
#include "support.hpp"

namespace fhirwall::redact::testing {

inline constexpr const char* kTag =
    R"({"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"})";
inline constexpr const char* kLabel =
    R"({"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"REDACTED"})";
inline constexpr const char* kMask =
    R"({"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"masked"}]})";

// `$t`, `$l` and `$m` stand for the three literals; `$e` for the member of the last.
inline std::string expand(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$') {
      out += text[i];
      continue;
    }
    switch (text[++i]) {
      case 't': out += kTag; break;
      case 'l': out += kLabel; break;
      case 'm': out += kMask; break;
      default: out += std::string_view(kMask).substr(1, std::string_view(kMask).size() - 2);
    }
  }
  return out;
}

// Lets those resources inside a resource out whose type has a plan.
class FakeJudge final : public Judge {
 public:
  std::vector<std::shared_ptr<const Plan>> plans;
  std::vector<std::string> readable;  // references

  const Plan* judge(const json::Document& document, json::NodeIndex resource, Nesting) override {
    for (const auto& plan : plans) {
      const json::NodeIndex type = document.find(resource, "resourceType");
      if (type != json::kNoNode &&
          document.string_is(type, fhir::type_name(resource_type(*plan)))) {
        return plan.get();
      }
    }
    return nullptr;
  }
  bool reads(fhir::TypeId, std::string_view reference) override {
    return std::find(readable.begin(), readable.end(), reference) != readable.end();
  }
};

// Facts that cut nothing.
inline ClosureFacts facts() {
  static const std::vector<std::shared_ptr<const Plan>> kEmpty = [] {
    std::vector<std::shared_ptr<const Plan>> plans;
    for (const fhir::TypeId type : fhir::resource_types()) {
      plans.push_back(make_plan(type, {}, {}));
    }
    return plans;
  }();
  ClosureFacts facts;
  facts.types.resize(kEmpty.size());
  for (std::size_t i = 0; i < kEmpty.size(); ++i) {
    facts.types[i].contained = kEmpty[i];
  }
  return facts;
}

// Facts of a policy under which nobody may read a Patient, and no label of an Organization.
inline ClosureFacts strict_facts() {
  ClosureFacts strict = facts();
  TypeFacts& patient = strict.types[fhir::resource_index(fhir::well_known().patient)];
  patient.person = Readable::kNever;
  patient.contained_cut = true;
  strict.types[fhir::resource_index(fhir::find_type("Organization"))].labels_hidden = true;
  strict.types[fhir::resource_index(fhir::find_type("Organization"))].identifier_hidden = true;
  strict.cuts_narratives = true;
  strict.cuts_displays = true;
  strict.cuts_contained = true;
  strict.filters_bundles = true;
  return strict;
}

inline std::string closed(const Plan& plan, std::string_view text, const Closure& closure,
                          Judge& judge) {
  const Parsed parsed(text);
  if (!parsed.ok()) {
    return "(not JSON)";
  }
  Redactor redactor;
  Edits edits;
  redactor.redact(parsed.document(), 0, plan, edits, &closure, &judge);
  std::string out;
  edits.apply(parsed.document().text(), 0, static_cast<std::uint32_t>(text.size()), out);
  return out;
}

}  // namespace fhirwall::redact::testing
