#pragma once

#include <cstdint>
#include <string_view>

#include "core/json/document.hpp"
#include "core/patch/editor.hpp"
#include "core/patch/value.hpp"

// Changes of one element of the object at `object`, which keeps its index: a primitive's value
// `key` and its sibling `_key` go together (FHIR R4, 2.6.2.3). False after an error of the editor.
namespace fhirwall::patch {

// The number of the element's values: the length of the longer of its two arrays.
[[nodiscard]] std::uint32_t list_length(const json::Document& document, json::NodeIndex object,
                                        std::string_view key);

// An element that is no list; empty texts remove it.
[[nodiscard]] bool set_element(Editor& editor, json::NodeIndex object, std::string_view key,
                               const ElementText& text);

// One value of a list. Arrays are made when they are needed, and go when nothing is left in them.
[[nodiscard]] bool insert_item(Editor& editor, json::NodeIndex object, std::string_view key,
                               std::uint32_t index, const ElementText& text);
[[nodiscard]] bool replace_item(Editor& editor, json::NodeIndex object, std::string_view key,
                                std::uint32_t index, const ElementText& text);
[[nodiscard]] bool remove_item(Editor& editor, json::NodeIndex object, std::string_view key,
                               std::uint32_t index);
[[nodiscard]] bool move_item(Editor& editor, json::NodeIndex object, std::string_view key,
                             std::uint32_t from, std::uint32_t to);

}  // namespace fhirwall::patch
