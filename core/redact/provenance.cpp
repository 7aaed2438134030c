#include "core/redact/provenance.hpp"

#include <algorithm>
#include <span>

#include "core/base/sort.hpp"
#include "core/redact/closure.hpp"
#include "core/redact/trie.hpp"

namespace fhirwall::redact {

std::string_view step_name(HiddenPath::Step step) {
  switch (step) {
    case HiddenPath::Step::kField: return "field";
    case HiddenPath::Step::kClosure: return "closure";
    case HiddenPath::Step::kNarrative: return "narrative";
  }
  return "unknown";
}

std::vector<HiddenPath> explained_paths(const Plan& plan) {
  using Step = HiddenPath::Step;
  std::vector<HiddenPath> out;
  for (const fhir::ElementPath& element : plan.elements) {
    out.push_back({path_text(element), path_text(element), Step::kField});
  }
  if (plan.cut_narratives) {
    for (const fhir::ElementPath& element : plan.elements) {
      for (const fhir::ElementPath& path : closure_paths(plan.type, {&element, 1})) {
        out.push_back({path_text(path), path_text(element), Step::kClosure});
      }
    }
    for (const fhir::ElementPath& path : narrative_paths(plan.type)) {
      out.push_back({path_text(path), path_text(plan.elements.front()), Step::kNarrative});
    }
  }
  // The first reason counts.
  sort_by(out, [](const HiddenPath& a, const HiddenPath& b) { return a.path < b.path; });
  out.erase(std::unique(out.begin(), out.end(),
                        [](const HiddenPath& a, const HiddenPath& b) { return a.path == b.path; }),
            out.end());
  return out;
}

}  // namespace fhirwall::redact
