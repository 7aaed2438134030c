#include "core/patch/patch.hpp"

#include "core/patch/editor.hpp"
#include "core/patch/formats.hpp"

namespace fhirwall::patch {

using json::NodeIndex;

std::string_view refusal_name(Refusal refusal) {
  switch (refusal) {
    case Refusal::kNone: return "none";
    case Refusal::kMalformed: return "malformed";
    case Refusal::kNotFound: return "not-found";
    case Refusal::kTestFailed: return "test-failed";
    case Refusal::kProtected: return "protected";
    case Refusal::kResultWrong: return "result-wrong";
  }
  return {};
}

std::string_view resource_type_of(const json::Document& document) {
  const NodeIndex type = document.size() == 0 ? json::kNoNode : document.find(0, "resourceType");
  return type == json::kNoNode || !document.is_string(type) ? std::string_view()
                                                            : document.raw_string(type);
}

Outcome apply(const json::Document& patch, Format format, std::string_view target,
              const IsProtected& is_protected, const Limits& limits, std::string& out) {
  Outcome outcome;
  // The items of a JSON Patch, or the parameters of a FHIRPath Patch.
  const NodeIndex operations =
      format == Format::kJsonPatch || patch.size() == 0 ? 0 : patch.find(0, "parameter");
  if (operations != json::kNoNode && patch.size() != 0 && patch.is_array(operations) &&
      child_count(patch, operations) > kMaxOperations) {
    outcome.error.code = ErrorCode::kTooLarge;
    return outcome;
  }
  Editor editor(limits);
  if (!editor.load(target)) {
    outcome.error = editor.error();
    return outcome;
  }
  if (resource_type_of(editor.document()).empty()) {
    outcome.refusal = Refusal::kResultWrong;
    return outcome;
  }
  outcome.refusal = format == Format::kJsonPatch
                        ? apply_json_patch(patch, is_protected, editor, outcome.operation)
                        : apply_fhirpath_patch(patch, is_protected, limits, editor,
                                               outcome.operation, outcome.error);
  if (editor.error()) {
    outcome.error = editor.error();
  }
  if (outcome.error) {
    outcome.refusal = Refusal::kNone;
  } else if (outcome.refusal == Refusal::kNone) {
    out.append(editor.document().text());
    outcome.operation = 0;
  }
  return outcome;
}

}  // namespace fhirwall::patch
