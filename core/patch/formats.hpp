#pragma once

#include <cstdint>
#include <string_view>

#include "core/json/document.hpp"
#include "core/patch/editor.hpp"
#include "core/patch/patch.hpp"

namespace fhirwall::patch {

// The operations of one format on the text in `editor`, a resource of type `type`. `operation`: the
// one that was worked on last. kNone is success, unless the editor has an error.
[[nodiscard]] Refusal apply_json_patch(const json::Document& patch, const IsProtected& is_protected,
                                       Editor& editor, std::uint32_t& operation);
[[nodiscard]] Refusal apply_fhirpath_patch(const json::Document& patch,
                                           const IsProtected& is_protected, const Limits& limits,
                                           Editor& editor, std::uint32_t& operation, Error& error);

// The text of the root's `resourceType`, escapes and all; empty when it has none.
[[nodiscard]] std::string_view resource_type_of(const json::Document& document);

}  // namespace fhirwall::patch
