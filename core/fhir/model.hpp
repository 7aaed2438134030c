#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/fhir/pooled.hpp"
#include "core/fhir/run_list.hpp"

// The FHIR R4 type model plus Medplum's resource types, from generated tables (tables_r4.*).
// Everything here is constant data: views live for ever, and no function allocates.
namespace fhirwall::fhir {

// Index of a type: primitives, complex types, backbone elements (`Patient.contact`), abstract
// types, resources. 0 is "none".
enum class TypeId : std::uint16_t { kNone = 0 };

enum class TypeKind : std::uint8_t { kPrimitive, kComplex, kBackbone, kAbstract, kResource };

[[nodiscard]] std::string_view type_name(
    TypeId type);  // `Patient`, `HumanName`, `Patient.contact`, `code`
[[nodiscard]] TypeKind type_kind(TypeId type);
[[nodiscard]] TypeId base_type(
    TypeId type);  // `Age` -> `Quantity`, `Patient` -> `DomainResource`; kNone at the top
[[nodiscard]] bool is_a(TypeId type, TypeId ancestor);  // reflexive, along base_type

// A type by its name; kNone if there is none. find_resource_type accepts concrete resource types
// only.
[[nodiscard]] TypeId find_type(std::string_view name);
[[nodiscard]] TypeId find_resource_type(std::string_view name);
// Every concrete resource type, ascending; `resource_index` is its position there, dense from 0
// (for per-type tables).
[[nodiscard]] std::span<const TypeId> resource_types();
[[nodiscard]] std::uint32_t resource_index(TypeId resource_type);

// One element of a type. A choice element has its base name (`value`) and several types, ascending.
// Inherited elements are one object for all heirs. `resourceType` is an element of every resource.
struct Element {
  [[no_unique_address]] PooledText<tables::kNameText, std::uint8_t> name;  // a std::string_view
  // One, or the alternatives of a choice; Resource for `contained`, `entry.resource` and their
  // like.
  [[no_unique_address]] PooledIds<tables::kTypeRuns> types;  // a std::span<const TypeId>
  bool repeats : 1 = false;                                  // 0..* : a JSON array
  bool choice : 1 = false;                                   // written `name[x]` in FHIR
  bool required : 1 = false;                                 // min >= 1
  bool summary_text : 1 = false;     // a human-readable rendering of its siblings: HumanName.text,
                                     // Address.text, CodeableConcept.text (SPEC 7.3)
  bool display_of_code : 1 = false;  // Coding.display: says what its sibling `code` says (SPEC 7.3)
};
static_assert(sizeof(Element) == 8, "there are thousands of them");

// Dense from 0, unique over all elements of all types.
[[nodiscard]] std::uint16_t element_index(const Element& element);
// The resource types that a Reference in this element may name, ascending, by its
// StructureDefinition's targetProfile; empty: any type, also of an element that is no Reference.
[[nodiscard]] std::span<const TypeId> reference_targets(const Element& element);

// An element of exactly this name (choice base name without `[x]`), or nullptr.
[[nodiscard]] const Element* find_element(TypeId type, std::string_view name);
// Own and inherited elements, in the order of the StructureDefinition.
using ElementList = RunList<Element>;
[[nodiscard]] ElementList elements(TypeId type);

// What a JSON key of an object of `type` stands for. Hot path: called for every key of every
// resource that is redacted.
struct Child {
  const Element* element = nullptr;  // nullptr: the model does not know the key
  TypeId type = TypeId::kNone;       // concrete type: of `valueQuantity` it is Quantity
  bool sibling = false;  // the key was `_name`; only primitives have siblings, their content is
                         // `Element`-typed
};
[[nodiscard]] Child find_child(TypeId type, std::string_view key);

// Whether a key of an object of `type` belongs to the choice element: its base name plus a capital
// letter, unless that is another element of the type (SPEC 7.1). True for `valueQuantity`,
// `_valueString` and also for `valueFoo`, which the model does not know.
[[nodiscard]] bool is_choice_key(const Element& choice, std::string_view key, TypeId type);

// Frequently used types, resolved once.
struct WellKnown {
  TypeId resource, domain_resource, element, extension, narrative, reference, coding,
      codeable_concept, identifier, contact_point, human_name, address, period, timing, quantity,
      money, range, annotation, attachment, meta, xhtml, string, code, id, uri, url, canonical, oid,
      uuid, boolean, integer, decimal, date, date_time, instant, time, bundle, parameters, binary,
      operation_outcome, patient, practitioner;
};
[[nodiscard]] const WellKnown& well_known();

}  // namespace fhirwall::fhir
