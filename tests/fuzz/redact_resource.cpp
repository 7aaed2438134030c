// layer: core/redact
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/limits.hpp"
#include "core/fhir/model.hpp"
#include "core/json/document.hpp"
#include "core/redact/redactor.hpp"

// The first byte chooses the plan, and whether closure goes along; the rest is a resource. What
// comes out is JSON, is left of what went in, and loses nothing more when it is redacted again.
namespace {

using namespace fhirwall;

struct Choice {
  const char* type;
  std::vector<const char*> hidden;
};

std::shared_ptr<const redact::Plan> plan_of(std::uint8_t choice) {
  static const Choice kChoices[] = {
      {"Patient", {}},
      {"Patient", {"name", "birthDate"}},
      {"Patient", {"name.given.extension", "contact.telecom.value"}},
      {"Patient", {"extension('a')", "extension('b').value[x]", "name.family"}},
      {"Observation", {"value[x].coding.code", "component.value[x]"}},
      {"Questionnaire", {"item.item.prefix"}},
      {"Composition", {"title"}},
      {"Parameters", {"parameter.value[x].extension"}},
      {"Bundle", {}},
  };
  const Choice& chosen = kChoices[(choice & 0x10) != 0 ? 8 : choice & 7];
  redact::PlanOptions options;
  options.keep_unknown_elements = (choice & 0x20) != 0;
  options.closure_strict = (choice & 0x40) == 0;
  options.extended_meta = (choice & 0x80) != 0;
  const fhir::TypeId type = fhir::find_resource_type(chosen.type);
  std::vector<fhir::ElementPath> paths;
  for (const char* text : chosen.hidden) {
    redact::ResolveFailure failure;
    if (!redact::resolve_path(text, type, paths.emplace_back(), failure)) {
      __builtin_trap();
    }
  }
  return redact::make_plan(type, paths, options);
}

// Refuses Conditions, hides a part of Patients, and shows everything else.
class FakeJudge final : public redact::Judge {
 public:
  [[nodiscard]] const redact::Plan* judge(const json::Document& document, json::NodeIndex resource,
                                          redact::Nesting /*nesting*/) override {
    static const auto patient = plan_of(1);
    static const auto observation = plan_of(4);
    static const auto parameters = plan_of(7);
    static const auto bundle = redact::make_plan(fhir::well_known().bundle, {}, {});
    static const auto group = redact::make_plan(fhir::find_resource_type("Group"), {}, {});
    const json::NodeIndex type = document.find(resource, "resourceType");
    if (type == json::kNoNode) {
      return nullptr;
    }
    for (const auto* plan : {&patient, &observation, &parameters, &bundle, &group}) {
      if (document.string_is(type, fhir::type_name(redact::resource_type(**plan)))) {
        return plan->get();
      }
    }
    return nullptr;
  }
  [[nodiscard]] bool reads(fhir::TypeId /*type*/, std::string_view reference) override {
    return reference.ends_with("/1");
  }
};

std::shared_ptr<const redact::Closure> closure() {
  redact::ClosureFacts facts;
  facts.types.resize(fhir::resource_types().size());
  const auto of = [&](std::string_view type) -> redact::TypeFacts& {
    return facts.types[fhir::resource_index(fhir::find_resource_type(type))];
  };
  of("Patient").labels_hidden = true;
  of("Organization").identifier_hidden = true;
  of("Practitioner").person = redact::Readable::kNever;
  of("RelatedPerson").person = redact::Readable::kByReference;
  facts.cuts_narratives = true;
  facts.cuts_displays = true;
  facts.cuts_contained = true;
  facts.filters_bundles = true;
  facts.base_urls = {"http://a"};
  return redact::make_closure(std::move(facts));
}

// Empty when `text` is no JSON object.
std::string redacted(const redact::Plan& plan, std::string_view text, bool closes) {
  std::string padded(text);
  padded.append(json::kPadding, '\0');
  json::Parser parser;
  if (parser.parse(std::string_view(padded).substr(0, text.size()), Limits{}) ||
      !parser.document().is_object(0)) {
    return {};
  }
  redact::Redactor redactor;
  redact::Edits edits;
  static const auto kClosure = closure();
  FakeJudge judge;
  redactor.redact(parser.document(), 0, plan, edits, closes ? kClosure.get() : nullptr,
                  closes ? &judge : nullptr);
  std::string out;
  edits.apply(parser.document().text(), 0, static_cast<std::uint32_t>(text.size()), out);
  return out;
}

// Everything but the literals that were put in comes from the input, in order.
bool is_left_of(std::string_view part, std::string_view whole) {
  std::size_t from = 0;
  for (std::size_t at = 0; at < part.size();) {
    const std::size_t found = whole.find(part[at], from);
    if (found != std::string_view::npos) {
      from = found + 1;
      ++at;
    } else {
      return part.substr(at).find("null") != std::string_view::npos ||
             part.find("null") != std::string_view::npos;
    }
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const auto plan = plan_of(data[0]);
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const bool closes = (data[0] & 0x08) != 0;
  const std::string out = redacted(*plan, text, closes);
  if (out.empty()) {
    return 0;
  }
  if (redacted(*plan, out, closes) != out || !is_left_of(out, text)) {
    __builtin_trap();
  }
  return 0;
}
