#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/fhir/element_path.hpp"
#include "core/fhir/model.hpp"
#include "core/json/document.hpp"
#include "core/json/edit_list.hpp"

namespace fhirwall::redact {

// Resolves a parsed path against the model; on failure says at which step. SPEC 7.1.
struct ResolveFailure {
  std::uint32_t offset = 0;  // bytes into the path text
  std::string message;
};
// `type` is a resource type. A leading type name equal to it is accepted. Returns false and fills
// `failure` if the path does not exist.
[[nodiscard]] bool resolve_path(std::string_view text, fhir::TypeId type, fhir::ElementPath& out,
                                ResolveFailure& failure);

struct PlanOptions {
  bool closure_strict = true;          // SPEC 7.3; false = `fields-only`
  bool keep_unknown_elements = false;  // SPEC 7.2 `unknownElements: 'keep'`
  bool extended_meta = false;          // SPEC 7.7
};

// What one rule removes from resources of one type: immutable, shareable.
class Plan;

[[nodiscard]] std::shared_ptr<const Plan> make_plan(fhir::TypeId type,
                                                    std::span<const fhir::ElementPath> hidden,
                                                    const PlanOptions& options);
[[nodiscard]] bool hides_anything(const Plan& plan);
// The hidden paths as written by a user, plus what closure adds, sorted and unique: for
// `decide().hidden`. Depends on the plan alone.
[[nodiscard]] const std::vector<std::string>& hidden_paths(const Plan& plan);

// Adds to `edits` the cuts for the resource at `resource`, in ascending order. Never fails: what
// the model does not know is cut when the plan hides anything. INVARIANT: output depends on the
// plan and on what is kept, on nothing else (SPEC P3). The caller has made sure that `contained`,
// nested Bundles and Parameters with resources were refused where they must be.
void redact(const json::Document& document, json::NodeIndex resource, const Plan& plan,
            json::EditList& edits);

}  // namespace fhirwall::redact
