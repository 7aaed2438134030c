#pragma once

#include <string>
#include <string_view>

#include "core/json/document.hpp"

// `meta` of what is written (SPEC 9.5): what a client says of it counts in part.
namespace fhirwall::decide {

// Appends the resource without the members of `meta` that are the server's to set (`versionId`,
// `lastUpdated`, `author`, `project`, `account`, `accounts`, `compartment`, `onBehalfOf`), and
// without its `id` if `drop_id`. A `meta` that is left empty, or is no object, goes whole.
void append_without_server_meta(const json::Document& document, bool drop_id, std::string& out);

// Appends the resource with what a caller may read of `meta` (SPEC 7.7), `versionId` for one, where
// no rule hides it.
void append_readable(const json::Document& document, bool extended, std::string& out);

// What the engine puts in their place.
struct ServerMeta {
  std::string_view project;  // text of a JSON string; empty: none
  // Where the accounts come from that the result keeps: `accounts` of a `meta` object, else
  // `account` (SPEC 5.6); kNoNode: none.
  const json::Document* accounts_of = nullptr;
  json::NodeIndex meta = json::kNoNode;
  std::string_view security_context;  // text of the value, where the resource has none
  std::string_view tag;               // one more, a reference text; empty: none
};

// Appends the resource of append_without_server_meta() with these, at the end of `meta`.
void append_with_server_meta(const json::Document& document, const ServerMeta& server,
                             std::string& out);

}  // namespace fhirwall::decide
