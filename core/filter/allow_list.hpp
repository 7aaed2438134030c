#pragma once

#include <span>
#include <string_view>

#include "core/json/document.hpp"
#include "core/json/edit_list.hpp"

namespace fhirwall::filter {

// What may stay of an object that is not judged by a rule: members outside the list, and members of
// another shape, are cut; what is left empty is pruned (SPEC 7.5). Lists nest a fixed few levels,
// so following them is no recursion on data.
struct AllowedMember {
  enum class Shape : unsigned char {
    kScalar,
    kString,
    kUrl,  // a string, without its query (SPEC 8.2)
    kObject,
    kArrayOfObjects
  };
  std::string_view key;
  Shape shape = Shape::kScalar;
  std::span<const AllowedMember> members;  // of the object, or of each object in the array
};
using AllowList = std::span<const AllowedMember>;

// Is anything left of the object at `object`?
[[nodiscard]] bool keeps_any(const json::Document& document, json::NodeIndex object,
                             AllowList allowed);
// Adds the cuts inside the object at `object`, of which something is left.
void emit_allowed(const json::Document& document, json::NodeIndex object, AllowList allowed,
                  json::EditList& edits);

// Of an OperationOutcome (SPEC 8.2): `severity`, `code` and `details.coding` of its issues.
[[nodiscard]] AllowList operation_outcome_members();
// True if an issue with any of them is there.
[[nodiscard]] bool outcome_says_anything(const json::Document& document, json::NodeIndex resource);

// `search` and `request` of a Bundle entry.
[[nodiscard]] AllowList entry_search_members();
[[nodiscard]] AllowList entry_request_members();
// `response` of a Bundle entry, but for its `outcome`: the status; where they may be seen, what
// tells the version (`location`, `etag`) and its date (`lastModified`).
[[nodiscard]] AllowList entry_response_members(bool version, bool date);
// The row of this member, if it stays.
[[nodiscard]] const AllowedMember* find_allowed(const json::Document& document,
                                                json::NodeIndex member, AllowList allowed);
// The cuts inside a member that stays.
void emit_member(const json::Document& document, json::NodeIndex member,
                 const AllowedMember& allowed, json::EditList& edits);

// `identifier` of the envelope: nothing of it refers to anybody.
[[nodiscard]] AllowList identifier_members();

// An array of Bundle links: all but those of relation `last`, which tells how much there is
// (SPEC 8.2); of each, `relation` and `url`.
[[nodiscard]] bool keeps_any_link(const json::Document& document, json::NodeIndex links);
void emit_links(const json::Document& document, json::NodeIndex links, json::EditList& edits);

// `meta` of the envelope: without the parts that SPEC 7.7 names, what the model does not know, and
// extensions, which may refer to anybody.
[[nodiscard]] bool keeps_any_meta(const json::Document& document, json::NodeIndex meta);
void emit_meta(const json::Document& document, json::NodeIndex meta, json::EditList& edits);

}  // namespace fhirwall::filter
