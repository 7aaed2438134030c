#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "core/base/error.hpp"
#include "core/base/limits.hpp"
#include "core/json/document.hpp"
#include "core/json/padded_buffer.hpp"

namespace fhirwall::patch {

// A JSON text that is changed one value at a time, and parsed again after each change: node indexes
// hold until the next one. What a change does not name keeps its bytes.
//
// Every function that changes something returns false after an error, which stays: a bound was
// exceeded, or there is no memory. Texts that are put in are JSON values; they may be views of the
// current text.
class Editor {
 public:
  explicit Editor(const Limits& limits);

  [[nodiscard]] bool load(std::string_view text);
  // LIFETIME: its views die with the next change.
  [[nodiscard]] const json::Document& document() const { return parser_.document(); }
  [[nodiscard]] Error error() const { return error_; }

  [[nodiscard]] bool replace(json::NodeIndex node, std::string_view text);
  // Removes a member or an item with its comma.
  [[nodiscard]] bool remove(json::NodeIndex container, json::NodeIndex child);
  // In front of the item at `index`, or behind the last one; `index` is not above their number.
  [[nodiscard]] bool insert(json::NodeIndex array, std::uint32_t index, std::string_view text);
  // The value of the member `key`, which is added as the last one if there is none.
  [[nodiscard]] bool set_member(json::NodeIndex object, std::string_view key,
                                std::string_view text);
  // Appends the node's bytes to `out`: a value that outlives the next changes.
  [[nodiscard]] bool copy(json::NodeIndex node, json::PaddedBuffer& out);

 private:
  [[nodiscard]] bool splice(std::uint32_t begin, std::uint32_t end,
                            std::initializer_list<std::string_view> parts);
  [[nodiscard]] bool fail(ErrorCode code);

  Limits limits_;
  std::uint64_t work_left_;  // bytes that may still be parsed
  json::PaddedBuffer current_;
  json::PaddedBuffer next_;
  json::Parser parser_;
  Error error_;
};

// The number of children, and the one at a position or kNoNode.
[[nodiscard]] std::uint32_t child_count(const json::Document& document, json::NodeIndex container);
[[nodiscard]] json::NodeIndex child_at(const json::Document& document, json::NodeIndex container,
                                       std::uint32_t index);

}  // namespace fhirwall::patch
