#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/limits.hpp"
#include "core/policy/contained.hpp"
#include "core/policy/json_reader.hpp"
#include "core/policy/now.hpp"
#include "core/redact/plan.hpp"
#include "core/search/custom.hpp"

namespace fhirwall::policy {

// `options` of a compile (SPEC 16), with their defaults. `operations` belongs to a gateway: it is
// refused unless it asks for what is done anyway.
struct Options {
  bool allow_unrestricted = false;           // SPEC 2.3
  bool require_scopes = false;               // SPEC 11.3
  bool default_resource_types = false;       // SPEC 2.5
  bool closure_strict = true;                // SPEC 7.3 `closure`
  bool keep_displays = false;                // SPEC 7.3 (c) `displays`
  Contained contained = Contained::kStrict;  // SPEC 7.4
  bool keep_unknown_elements = false;        // SPEC 7.2 `unknownElements`
  bool extended_meta = false;                // SPEC 7.7
  redact::Mark mark = redact::Mark::kNone;   // SPEC 7.8
  redact::Absent absent = redact::Absent::kRemove;
  bool exact_totals = false;                  // SPEC 8.2
  bool super_admin_types = false;             // SPEC 10.2
  std::optional<Now> now;                     // SPEC 6.2; none: the host says it at each call
  bool restore_readonly = false;              // SPEC 9.3 `readonlyConflict`
  bool allow_binary_without_context = false;  // SPEC 10.4 `binaryWithoutContext`
  bool resolves = false;                      // SPEC 5.8 `resolve`: the host fetches references
  std::vector<std::string> base_urls;         // SPEC 5.3, without trailing slash
  // SPEC 5.6, 16 `searchParameters`, `compartmentDefinitions`; null: nothing supplied.
  std::shared_ptr<const search::Custom> custom;
};

// Reads the options object at `node`; an unknown name is an issue (SPEC 16).
void read_options(JsonReader& reader, json::NodeIndex node, const std::string& path,
                  const Limits& limits, Options& out);
// The options of one search: `baseUrls`, `searchParameters`, `compartmentDefinitions` and
// `resolve`, as the JSON text of an object; empty for none.
void read_search_options(std::string_view options_json, const Limits& limits, Issues& issues,
                         Options& out);

}  // namespace fhirwall::policy
