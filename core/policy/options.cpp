#include "core/policy/options.hpp"

#include <array>

#include "core/base/concat.hpp"
#include "core/fhir/datetime.hpp"

namespace fhirwall::policy {
namespace {

// An option that is either on or off.
struct Flag {
  std::string_view name;
  bool Options::*member;
};
constexpr std::array<Flag, 5> kFlags = {{
    {"allowUnrestricted", &Options::allow_unrestricted},
    {"requireScopes", &Options::require_scopes},
    {"defaultResourceTypes", &Options::default_resource_types},
    {"extendedMeta", &Options::extended_meta},
    {"resolve", &Options::resolves},
}};

// An option with two words: the default and the other one.
struct Choice {
  std::string_view name;
  std::string_view off;
  std::string_view on;
  bool Options::*member;
  bool on_value;
};
constexpr std::array<Choice, 3> kChoices = {{
    {"closure", "strict", "fields-only", &Options::closure_strict, false},
    {"unknownElements", "cut", "keep", &Options::keep_unknown_elements, true},
    {"binaryWithoutContext", "deny", "allow", &Options::allow_binary_without_context, true},
}};

// An option of SPEC 16 without effect in this version: only the word that asks for what happens
// anyway is accepted. An empty `harmless` accepts `false`, `[]` and `{}`.
struct Refused {
  std::string_view name;
  std::string_view harmless;
};
constexpr std::array<Refused, 10> kRefused = {{
    {"contained", {}},
    {"displays", {}},
    {"superAdminTypes", {}},
    {"mark", "none"},
    {"absent", "remove"},
    {"exactTotals", {}},
    {"readonlyConflict", "refuse"},
    {"compartmentDefinitions", {}},
    {"searchParameters", {}},
    {"operations", {}},
}};

bool is_harmless(const json::Document& document, json::NodeIndex node, const Refused& row) {
  if (!row.harmless.empty()) {
    return document.string_is(node, row.harmless);
  }
  const json::Kind kind = document.kind(node);
  return kind == json::Kind::kFalse ||
         ((kind == json::Kind::kArray || kind == json::Kind::kObject) &&
          !document.has_children(node));
}

void read_choice(JsonReader& reader, json::NodeIndex node, const std::string& path,
                 const Choice& choice, Options& out) {
  std::string text;
  if (!reader.read_string(node, path, text)) {
    return;
  }
  if (text == choice.on) {
    out.*choice.member = choice.on_value;
  } else if (text != choice.off) {
    reader.issues().error(IssueCode::kInvalidValue, path, 0,
                          concat("expected `", choice.off, "` or `", choice.on, "`"));
  }
}

void read_base_urls(JsonReader& reader, json::NodeIndex node, const std::string& path,
                    Options& out) {
  reader.items(node, path, [&](json::NodeIndex item, const std::string& item_path) {
    std::string url;
    if (!reader.read_string(item, item_path, url)) {
      return;
    }
    while (url.ends_with('/')) {
      url.pop_back();
    }
    const bool absolute = url.starts_with("https://") || url.starts_with("http://");
    if (!absolute || url.size() <= url.find("://") + 3 ||
        url.find_first_of("?# \t\r\n") != std::string::npos) {
      reader.issues().error(IssueCode::kInvalidValue, item_path, 0,
                            "expected an absolute http or https URL without query");
      return;
    }
    out.base_urls.push_back(std::move(url));
  });
}

// SPEC 6.2: the time of `now()`. No policy expression of this version reads the clock, so that it
// is checked and has no effect.
void read_now(JsonReader& reader, json::NodeIndex node, const std::string& path) {
  std::string text;
  if (reader.read_string(node, path, text) && !fhir::parse_datetime(text)) {
    reader.issues().error(IssueCode::kInvalidValue, path, 0, "expected a FHIR date and time");
  }
}

bool read_option(JsonReader& reader, std::string_view key, json::NodeIndex node,
                 const std::string& path, Options& out) {
  for (const Flag& flag : kFlags) {
    if (key == flag.name) {
      (void)reader.read_bool(node, path, out.*flag.member);
      return true;
    }
  }
  for (const Choice& choice : kChoices) {
    if (key == choice.name) {
      read_choice(reader, node, path, choice, out);
      return true;
    }
  }
  if (key == "baseUrls") {
    read_base_urls(reader, node, path, out);
    return true;
  }
  if (key == "now") {
    read_now(reader, node, path);
    return true;
  }
  for (const Refused& row : kRefused) {
    if (key == row.name) {
      if (!is_harmless(reader.document(), node, row)) {
        reader.issues().error(IssueCode::kUnsupportedFeature, path, 0,
                              concat("option `", key, "` cannot be honoured"));
      }
      return true;
    }
  }
  return false;
}

}  // namespace

void read_options(JsonReader& reader, json::NodeIndex node, const std::string& path, Options& out) {
  if (!reader.expect_object(node, path)) {
    return;
  }
  // Without a model type, what read_option() does not know would be an unknown property; options
  // have a code of their own.
  reader.members(node, path, {},
                 [&](std::string_view key, json::NodeIndex child, const std::string& child_path) {
                   if (!read_option(reader, key, child, child_path, out)) {
                     reader.issues().error(IssueCode::kUnknownOption, child_path, 0,
                                           concat("unknown option `", key, "`"));
                   }
                   return true;
                 });
}

}  // namespace fhirwall::policy
