#pragma once

#include <cstdint>

// The model and the search parameters as pack_tables.mjs writes them: columns of bytes, which
// brotli shrinks to less than half of what it makes of the tables themselves. Only unpack.cpp
// reads them.
//
// A column with `Lows` holds numbers of two bytes: see Column in unpack.cpp.
namespace fhirwall::fhir::tables {

// --- The model.
extern const char kPlainNames[];  // the types without dot by id, a space between two
extern const std::uint8_t kBases[];
extern const std::uint8_t kOwnCounts[];  // elements that the type declares itself
// Elements: 0 is the next definition that is used once, n the shared definition n - 1.
extern const std::uint8_t kUses[];
extern const std::uint8_t kUseLows[];
// Definitions: 0 is the next name of kNameText, n the name n - 1.
extern const std::uint8_t kDefinitionNames[];
extern const std::uint8_t kDefinitionNameLows[];
extern const std::uint8_t kDefinitionFlags[];  // repeats, choice, required, summary_text,
                                               // display_of_code from bit 0
extern const std::uint8_t kDefinitionTypes[];  // a TypeId, or one of the codes of unpack.cpp
extern const std::uint8_t kDefinitionMore[];   // what belongs to those codes
// Backbone types: the type that they lie in, and the position of their element there.
extern const std::uint8_t kParents[];
extern const std::uint8_t kOwners[];
extern const std::uint8_t kPositions[];
// Types of choice elements, run after run.
extern const std::uint8_t kChoiceSizes[];
extern const std::uint8_t kChoiceTypes[];
// What References may name, run after run; the first run is empty and stands for any type. Elements
// that can be a Reference, in order: 0 is the next run, n the run n - 1.
extern const std::uint8_t kReferenceLists[];
extern const std::uint8_t kReferenceSizes[];
extern const std::uint8_t kReferenceTypes[];

// --- Search parameters.
// Expressions, a line each: `@` stands for the type's name and a dot, `~` for the code as an
// element is written.
extern const char kTemplates[];
extern const std::uint8_t kParamCounts[];  // of each resource type, then the common ones
// Parameters: how many definitions are left out since the last of the same type.
extern const std::uint8_t kGaps[];
extern const std::uint8_t kGapLows[];
// Definitions: bit 0 is set where the code is that of the one before, else it is the next of
// kParamCodes; above it the ParamType.
extern const std::uint8_t kParamTypes[];
extern const std::uint8_t kParamTemplates[];  // 0 is the next of kTemplates, n number n - 1
extern const std::uint8_t kParamTemplateLows[];
extern const std::uint8_t kParamTargetRuns[];
extern const std::uint8_t kTargetSizes[];
extern const std::uint8_t kTargetTypes[];

}  // namespace fhirwall::fhir::tables
