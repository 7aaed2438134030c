#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/json/document.hpp"

namespace fhirwall::redact {

// Where a member begins, at the opening quote of its key; an array's item is its value.
[[nodiscard]] std::uint32_t member_begin(const json::Document& document, json::NodeIndex node,
                                         bool in_object);

// Writes the children of one object or array: those that were sent with the white space and the
// comma in front of them as sent, inserted ones with the separator that stands between the first
// two children that were sent, or `,`. What the caller appends to `out` behind next() or insert()
// is the child itself.
class Joiner {
 public:
  // `container` of `document` gives the white space; none: there is none.
  Joiner(const json::Document& document, json::NodeIndex container, bool object, std::string& out);

  // The next child is one that was sent, and every such child is passed once it was dealt with.
  void next(json::NodeIndex child);
  void pass(json::NodeIndex child) { passed_end_ = document_[child].end; }
  // The next child was not sent.
  void insert();
  // The child last announced, and what was written of it, goes.
  void undo();
  // Closes the container. False: it has no children, and nothing at all was written.
  [[nodiscard]] bool finish();

 private:
  void begin(std::string_view separator);
  [[nodiscard]] std::string_view text(std::uint32_t begin, std::uint32_t end) const {
    return document_.text().substr(begin, end - begin);
  }

  const json::Document& document_;
  std::string& out_;
  const bool object_;
  json::NodeIndex container_;  // none as well if it has no children
  json::NodeIndex first_ = 0;  // its first child
  std::string_view inserted_ = ",";
  std::uint32_t passed_end_ = 0;  // end of the child last passed
  std::uint32_t count_ = 0;
  std::size_t mark_ = 0;  // size of `out` in front of the child last announced
};

}  // namespace fhirwall::redact
