#include "core/policy/json_reader.hpp"

#include "core/base/concat.hpp"

namespace fhirwall::policy {

void JsonReader::wrong_type(const std::string& path, std::string_view expected) {
  issues_.error(IssueCode::kWrongType, path, 0, concat("expected ", expected));
}

bool JsonReader::read_string(json::NodeIndex node, const std::string& path, std::string& out) {
  if (!document_.is_string(node)) {
    wrong_type(path, "a string");
    return false;
  }
  std::string scratch;
  out = document_.string(node, scratch);
  return true;
}

bool JsonReader::read_bool(json::NodeIndex node, const std::string& path, bool& out) {
  const json::Kind kind = document_.kind(node);
  if (kind != json::Kind::kTrue && kind != json::Kind::kFalse) {
    wrong_type(path, "a boolean");
    return false;
  }
  out = kind == json::Kind::kTrue;
  return true;
}

bool JsonReader::expect_object(json::NodeIndex node, const std::string& path) {
  if (!document_.is_object(node)) {
    wrong_type(path, "an object");
    return false;
  }
  return true;
}

bool JsonReader::expect_array(json::NodeIndex node, const std::string& path) {
  if (!document_.is_array(node)) {
    wrong_type(path, "an array");
    return false;
  }
  return true;
}

void JsonReader::unhandled(std::string_view key, const std::string& path,
                           std::string_view model_type) {
  // FHIR R4, 2.4.1: a modifier extension may change the meaning of its element.
  if (key == "modifierExtension") {
    issues_.error(IssueCode::kUnsupportedFeature, member_path(path, key), 0,
                  "a modifier extension may change what the element means");
    return;
  }
  const fhir::TypeId type = fhir::find_type(model_type);
  const fhir::Child child =
      type == fhir::TypeId::kNone ? fhir::Child{} : fhir::find_child(type, key);
  if (child.element == nullptr || child.sibling) {
    issues_.error(IssueCode::kUnknownProperty, member_path(path, key), 0,
                  concat("unknown property `", key, "`"));
  }
}

}  // namespace fhirwall::policy
