#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/fhir/element_path.hpp"
#include "core/fhir/model.hpp"

namespace fhirwall::redact {

// Resolves a field path against the model; on failure says at which step. SPEC 7.1.
struct ResolveFailure {
  std::uint32_t offset = 0;  // bytes into the path text
  std::string message;
};
// `type` is a resource type. A leading type name equal to it is accepted. Returns false and fills
// `failure` if the path does not exist.
[[nodiscard]] bool resolve_path(std::string_view text, fhir::TypeId type, fhir::ElementPath& out,
                                ResolveFailure& failure);
// `id` and `resourceType` of the resource itself may not be hidden (SPEC 1.3).
[[nodiscard]] bool is_protected(const fhir::ElementPath& path);
// The path as a user writes it: `name.given`, `value[x].unit`, `extension('http://x')`.
[[nodiscard]] std::string path_text(const fhir::ElementPath& path);

// SPEC 7.8: what is put into a resource that a plan can cut from. Decided by the plan and by what
// is kept, never by whether anything was cut.
enum class Mark : std::uint8_t {
  kNone,
  kSubsetted,  // `meta.tag` SUBSETTED
  kRedacted,   // `meta.security` REDACTED
};
enum class Absent : std::uint8_t {
  kRemove,
  kMask,  // a data-absent-reason at each hidden path whose parent is there
};

struct PlanOptions {
  bool closure_strict = true;          // SPEC 7.3; false = `fields-only`
  bool keep_unknown_elements = false;  // SPEC 7.2 `unknownElements: 'keep'`
  bool extended_meta = false;          // SPEC 7.7
  Mark mark = Mark::kNone;             // SPEC 7.8
  Absent absent = Absent::kRemove;     // SPEC 7.8
};

// What one rule removes from resources of one type: immutable, shareable. core/redact/trie.hpp.
class Plan;

[[nodiscard]] std::shared_ptr<const Plan> make_plan(fhir::TypeId type,
                                                    std::span<const fhir::ElementPath> hidden,
                                                    const PlanOptions& options);
// What the plan was made of: the `hidden` of make_plan().
[[nodiscard]] std::span<const fhir::ElementPath> hidden_elements(const Plan& plan);
// A plan that removes what any of them removes; null ones are passed over. All are of `type`.
[[nodiscard]] std::shared_ptr<const Plan> merge_plans(fhir::TypeId type,
                                                      std::span<const Plan* const> plans,
                                                      const PlanOptions& options);
// False: at most the parts of `meta` that SPEC 7.7 names are removed.
[[nodiscard]] bool hides_anything(const Plan& plan);
[[nodiscard]] fhir::TypeId resource_type(const Plan& plan);
// The hidden paths as written by a user, plus what closure adds, sorted and unique: for
// `decide().hidden`. Depends on the plan alone.
[[nodiscard]] const std::vector<std::string>& hidden_paths(const Plan& plan);

}  // namespace fhirwall::redact
