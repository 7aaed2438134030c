#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/concat.hpp"
#include "core/base/issue.hpp"
#include "core/fhir/model.hpp"
#include "core/json/document.hpp"

namespace fhirwall::search {

inline std::string member_path(const std::string& path, std::string_view key) {
  return concat(path, ".", key);
}

// Reads members of one object of a supplied resource; remembers whether anything was wrong. `null`
// counts as absent (SPEC 16).
class CustomReader {
 public:
  CustomReader(const json::Document& document, json::NodeIndex object, std::string path,
               Issues& issues)
      : document_(document), object_(object), path_(std::move(path)), issues_(issues) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] const std::string& path() const { return path_; }

  void error(IssueCode code, std::string path, std::string message, std::uint32_t offset = 0) {
    ok_ = false;
    issues_.error(code, std::move(path), offset, std::move(message));
  }

  // Whether it is an object of `type` and nothing in it is misspelt. A full resource says much that
  // has no effect here.
  [[nodiscard]] bool open(std::string_view type) {
    if (!document_.is_object(object_)) {
      wrong_type(path_, "an object");
      return false;
    }
    const fhir::TypeId model_type = fhir::find_type(type);
    for (json::NodeIndex child = json::Document::first_child(object_),
                         end = document_[object_].next;
         child != end; child = document_[child].next) {
      const std::string_view key = document_.key(child);
      // FHIR R4, 2.4.1: a modifier extension may change the meaning of its element.
      if (key == "modifierExtension" && document_.kind(child) != json::Kind::kNull) {
        error(IssueCode::kUnsupportedFeature, member_path(path_, key),
              "a modifier extension may change what the element means");
      } else if (fhir::find_child(model_type, key).element == nullptr) {
        error(IssueCode::kUnknownProperty, member_path(path_, key),
              concat("unknown property `", key, "`"));
      }
    }
    return true;
  }

  void expect_resource_type(std::string_view type) {
    if (text("resourceType") != type && ok_) {
      error(IssueCode::kUnknownResourceType, member_path(path_, "resourceType"),
            concat("expected `", type, "`"));
    }
  }

  // A member that must be there; empty, and an issue, when it is not, or no string with content.
  [[nodiscard]] std::string text(std::string_view name) {
    const json::NodeIndex node = find(name);
    std::string scratch;
    if (node == json::kNoNode || document_.string_is(node, {})) {
      error(IssueCode::kMissingProperty, member_path(path_, name),
            concat("`", name, "` is missing"));
    } else if (!document_.is_string(node)) {
      wrong_type(member_path(path_, name), "a string");
    } else {
      return std::string(document_.string(node, scratch));
    }
    return {};
  }

  // Calls handle(node, path) for every item of a list, which may be absent.
  template <typename Handle>
  void items(std::string_view name, Handle&& handle) {
    const json::NodeIndex list = find(name);
    if (list == json::kNoNode) {
      return;
    }
    const std::string list_path = member_path(path_, name);
    if (!document_.is_array(list)) {
      wrong_type(list_path, "an array");
      return;
    }
    std::size_t index = 0;
    for (json::NodeIndex item = json::Document::first_child(list), end = document_[list].next;
         item != end; item = document_[item].next) {
      handle(item, concat(list_path, "[", std::to_string(index++), "]"));
    }
  }

  // The same with items that are strings.
  template <typename Handle>
  void texts(std::string_view name, Handle&& handle) {
    items(name, [&](json::NodeIndex item, const std::string& path) {
      std::string scratch;
      if (document_.is_string(item)) {
        handle(std::string(document_.string(item, scratch)), path);
      } else {
        wrong_type(path, "a string");
      }
    });
  }

  // A concrete resource type; kNone, and an issue, where there is none.
  [[nodiscard]] fhir::TypeId resource_type(std::string_view name, const std::string& path) {
    const fhir::TypeId type = fhir::find_resource_type(name);
    if (type == fhir::TypeId::kNone) {
      error(IssueCode::kUnknownResourceType, path, concat("`", name, "` is not a resource type"));
    }
    return type;
  }

 private:
  [[nodiscard]] json::NodeIndex find(std::string_view name) const {
    const json::NodeIndex node = document_.find(object_, name);
    return node != json::kNoNode && document_.kind(node) == json::Kind::kNull ? json::kNoNode
                                                                              : node;
  }
  void wrong_type(const std::string& path, std::string_view expected) {
    error(IssueCode::kWrongType, path, concat("expected ", expected));
  }

  const json::Document& document_;
  json::NodeIndex object_;
  std::string path_;
  Issues& issues_;
  bool ok_ = true;
};

}  // namespace fhirwall::search
