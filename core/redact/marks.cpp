#include "core/redact/marks.hpp"

#include <algorithm>

#include "core/base/ascii.hpp"
#include "core/base/concat.hpp"

#define FHIRWALL_MASK_EXTENSION                                        \
  "\"extension\":[{\"url\":\"http://hl7.org/fhir/StructureDefinition/" \
  "data-absent-reason\",\"valueCode\":\"masked\"}]"
#define FHIRWALL_MASK "{" FHIRWALL_MASK_EXTENSION "}"
#define FHIRWALL_MARK(code) \
  "{\"system\":\"http://terminology.hl7.org/CodeSystem/v3-ObservationValue\",\"code\":\"" code "\"}"

namespace fhirwall::redact {
namespace {

// The texts of a mark that stands in member `member` of `meta`.
struct MarkTexts {
  std::string_view member;
  std::string_view code;
  std::string_view item;
  std::string_view array[2];  // [1]: masked
  std::string_view meta[2];
};
#define FHIRWALL_MARK_TEXTS(member, code)                                                    \
  {                                                                                          \
    member, code, FHIRWALL_MARK(code) ",",                                                   \
        {"\"" member "\":[" FHIRWALL_MARK(code) "],",                                        \
         "\"" member "\":[" FHIRWALL_MASK "," FHIRWALL_MARK(code) "],"},                     \
    {                                                                                        \
      "\"meta\":{\"" member "\":[" FHIRWALL_MARK(code) "]},",                                \
          "\"meta\":{" FHIRWALL_MASK_EXTENSION ",\"" member "\":[" FHIRWALL_MARK(code) "]}," \
    }                                                                                        \
  }

constexpr MarkTexts kSubsetted = FHIRWALL_MARK_TEXTS("tag", "SUBSETTED");
constexpr MarkTexts kRedacted = FHIRWALL_MARK_TEXTS("security", "REDACTED");

const MarkTexts& texts_of(Mark mark) { return mark == Mark::kRedacted ? kRedacted : kSubsetted; }

}  // namespace

bool marks(const Plan& plan, const Closure* closure) {
  if (plan.mark == Mark::kNone) {
    return false;
  }
  if (plan.hides || closure == nullptr) {
    return plan.hides;
  }
  const ClosureFacts& facts = facts_of(*closure);
  return facts.cuts_narratives || facts.cuts_displays || facts.cuts_contained;
}

std::string_view mark_member(Mark mark) { return texts_of(mark).member; }
std::string_view mark_code(Mark mark) { return texts_of(mark).code; }
std::string_view mark_item(Mark mark) { return texts_of(mark).item; }
std::string_view mark_array(Mark mark, bool masked) { return texts_of(mark).array[masked ? 1 : 0]; }
std::string_view mark_meta(Mark mark, bool masked) { return texts_of(mark).meta[masked ? 1 : 0]; }

bool can_mask(const fhir::ElementPath& path) {
  for (std::size_t at = 0; at < path.size(); ++at) {
    const fhir::PathStep& step = path[at];
    const std::string_view name = step.element->name;
    if (is_resource(step.element->types[0])) {
      return false;
    }
    if (at + 1 == path.size()) {
      return name != "id" && name != "extension" && name != "modifierExtension" &&
             step.element->types[0] != fhir::well_known().xhtml &&
             step.element != fhir::find_element(fhir::well_known().extension, "url");
    }
    const auto is_primitive = [&](fhir::TypeId type) {
      return (step.choice == fhir::TypeId::kNone || step.choice == type) &&
             fhir::type_kind(type) == fhir::TypeKind::kPrimitive;
    };
    const std::span<const fhir::TypeId> types = step.element->types;
    if (std::string_view(path[at + 1].element->name) == "extension" &&
        std::any_of(types.begin(), types.end(), is_primitive)) {
      return false;
    }
  }
  return false;
}

void add_mask(std::vector<Mask>& masks, const fhir::Element& element, fhir::TypeId type) {
  if (std::any_of(masks.begin(), masks.end(),
                  [&](const Mask& mask) { return mask.element == &element; })) {
    return;
  }
  Mask mask;
  mask.element = &element;
  mask.sibling = fhir::type_kind(type) == fhir::TypeKind::kPrimitive;
  mask.text = concat(mask.sibling ? "\"_" : "\"", element.name);
  if (element.choice) {
    const std::string_view name = fhir::type_name(type);
    mask.text += ascii::to_upper(name[0]);
    mask.text += name.substr(1);
  }
  mask.text += element.repeats ? "\":[" FHIRWALL_MASK "]," : "\":" FHIRWALL_MASK ",";
  masks.push_back(std::move(mask));
}

}  // namespace fhirwall::redact
