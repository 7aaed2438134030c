#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/issue.hpp"
#include "core/fhir/model.hpp"
#include "core/json/document.hpp"

namespace fhirwall::policy {

// Reads typed values out of the compile input and reports what does not fit, with its JSON path
// (SPEC 1.3). Never stops at the first problem. `null` members count as absent (SPEC 16).
class JsonReader {
 public:
  JsonReader(const json::Document& document, Issues& issues)
      : document_(document), issues_(issues) {}

  [[nodiscard]] const json::Document& document() const { return document_; }
  [[nodiscard]] Issues& issues() { return issues_; }

  [[nodiscard]] static std::string member_path(const std::string& path, std::string_view key) {
    std::string result = path;
    if (!result.empty()) {
      result += '.';
    }
    result += key;
    return result;
  }
  [[nodiscard]] static std::string item_path(const std::string& path, std::size_t index) {
    std::string result = path;
    result += '[';
    result += std::to_string(index);
    result += ']';
    return result;
  }

  // Each reports kWrongType and returns false when the value has another type.
  [[nodiscard]] bool read_string(json::NodeIndex node, const std::string& path, std::string& out);
  [[nodiscard]] bool read_bool(json::NodeIndex node, const std::string& path, bool& out);
  [[nodiscard]] bool expect_object(json::NodeIndex node, const std::string& path);
  [[nodiscard]] bool expect_array(json::NodeIndex node, const std::string& path);

  // Calls handle(key, node, path) for every member that is not null; handle returns false for a key
  // that it does not know. A key that the FHIR type `model_type` has is then accepted and ignored;
  // any other is an issue. What FHIR says must not be ignored is refused: `modifierExtension`, and
  // the `_sibling` of an element that means something here.
  template <typename Handle>
  void members(json::NodeIndex object, const std::string& path, std::string_view model_type,
               Handle&& handle) {
    for (json::NodeIndex child = json::Document::first_child(object), end = document_[object].next;
         child != end; child = document_[child].next) {
      if (document_.kind(child) == json::Kind::kNull) {
        continue;
      }
      const std::string_view key = document_.key(child);
      if (!handle(key, child, member_path(path, key))) {
        unhandled(key, path, model_type);
      }
    }
  }

  // Calls handle(node, path) for every item of an array; reports a value that is no array.
  template <typename Handle>
  void items(json::NodeIndex array, const std::string& path, Handle&& handle) {
    if (!expect_array(array, path)) {
      return;
    }
    std::size_t index = 0;
    for (json::NodeIndex child = json::Document::first_child(array), end = document_[array].next;
         child != end; child = document_[child].next) {
      handle(child, item_path(path, index++));
    }
  }

 private:
  void wrong_type(const std::string& path, std::string_view expected);
  void unhandled(std::string_view key, const std::string& path, std::string_view model_type);

  const json::Document& document_;
  Issues& issues_;
};

}  // namespace fhirwall::policy
