#include "core/policy/options.hpp"

#include <array>
#include <utility>

#include "core/base/concat.hpp"
#include "core/fhir/datetime.hpp"

namespace fhirwall::policy {
namespace {

// An option that is either on or off.
struct Flag {
  std::string_view name;
  bool Options::*member;
};
constexpr std::array<Flag, 7> kFlags = {{
    {"allowUnrestricted", &Options::allow_unrestricted},
    {"requireScopes", &Options::require_scopes},
    {"defaultResourceTypes", &Options::default_resource_types},
    {"extendedMeta", &Options::extended_meta},
    {"exactTotals", &Options::exact_totals},
    {"superAdminTypes", &Options::super_admin_types},
    {"resolve", &Options::resolves},
}};

// An option with two or three words, the default first. `set` takes the number of the word.
struct Choice {
  std::string_view name;
  std::array<std::string_view, 3> words;
  void (*set)(Options& options, std::uint8_t word);
};
constexpr std::array<Choice, 8> kChoices = {{
    {"closure",
     {"strict", "fields-only", {}},
     [](Options& options, std::uint8_t word) { options.closure_strict = word == 0; }},
    {"displays",
     {"strict", "keep", {}},
     [](Options& options, std::uint8_t word) { options.keep_displays = word != 0; }},
    {"contained",
     {"strict", "policy", "keep"},
     [](Options& options, std::uint8_t word) { options.contained = Contained{word}; }},
    {"unknownElements",
     {"cut", "keep", {}},
     [](Options& options, std::uint8_t word) { options.keep_unknown_elements = word != 0; }},
    {"mark",
     {"none", "subsetted", "redacted"},
     [](Options& options, std::uint8_t word) { options.mark = redact::Mark{word}; }},
    {"absent",
     {"remove", "mask", {}},
     [](Options& options, std::uint8_t word) { options.absent = redact::Absent{word}; }},
    {"binaryWithoutContext",
     {"deny", "allow", {}},
     [](Options& options, std::uint8_t word) { options.allow_binary_without_context = word != 0; }},
    {"readonlyConflict",
     {"refuse", "restore", {}},
     [](Options& options, std::uint8_t word) { options.restore_readonly = word != 0; }},
}};

// Of `operations`: `false`, `[]` and `{}` ask for nothing.
bool is_harmless(const json::Document& document, json::NodeIndex node) {
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
  for (std::uint8_t i = 0; i < choice.words.size(); ++i) {
    if (!choice.words[i].empty() && text == choice.words[i]) {
      choice.set(out, i);
      return;
    }
  }
  const bool three = !choice.words[2].empty();
  reader.issues().error(
      IssueCode::kInvalidValue, path, 0,
      concat("expected `", choice.words[0], three ? "`, `" : "` or `", choice.words[1],
             three ? "` or `" : "`", choice.words[2], three ? "`" : ""));
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

// `Z`, or minutes from `+hh:mm` at the end of a date and time that is one; nullopt without zone.
std::optional<std::int16_t> zone_of(std::string_view text) {
  if (text.ends_with('Z')) {
    return 0;
  }
  if (text.size() < 25 || (text[text.size() - 6] != '+' && text[text.size() - 6] != '-')) {
    return std::nullopt;
  }
  const std::string_view zone = text.substr(text.size() - 6);
  const auto digit = [&](std::size_t i) { return zone[i] - '0'; };
  const int minutes = (digit(1) * 10 + digit(2)) * 60 + digit(4) * 10 + digit(5);
  return static_cast<std::int16_t>(zone.front() == '-' ? -minutes : minutes);
}

// SPEC 6.2: the time of `now()` in constraints: an instant, with its zone.
void read_now(JsonReader& reader, json::NodeIndex node, const std::string& path, Options& out) {
  std::string text;
  if (!reader.read_string(node, path, text)) {
    return;
  }
  const auto instant = fhir::parse_datetime(text, fhir::TimeForm::kResource);
  const auto zone = zone_of(text);
  if (!instant || !zone) {
    reader.issues().error(IssueCode::kInvalidValue, path, 0,
                          "expected a FHIR instant such as 2026-01-02T03:04:05+01:00");
    return;
  }
  out.now = Now{instant->begin / 1000, *zone};
}

// What the host supplies for criteria. Kept until all options are read: definitions name
// parameters.
class Supplied {
 public:
  Supplied(JsonReader& reader, const Limits& limits) : reader_(reader), limits_(limits) {}

  [[nodiscard]] bool take(std::string_view key, json::NodeIndex node, const std::string& path) {
    if (key == "searchParameters") {
      list(node, path, params_);
    } else if (key == "compartmentDefinitions") {
      list(node, path, definitions_);
    } else {
      return false;
    }
    return true;
  }

  void read(Options& out) {
    if (params_.empty() && definitions_.empty()) {
      return;
    }
    const json::Document& document = reader_.document();
    auto custom = std::make_shared<search::Custom>();
    for (const Item& item : params_) {
      search::read_search_parameter(document, item.node, item.path, limits_, reader_.issues(),
                                    *custom);
    }
    for (const Item& item : definitions_) {
      search::read_compartment_definition(document, item.node, item.path, reader_.issues(),
                                          *custom);
    }
    out.custom = std::move(custom);
  }

 private:
  struct Item {
    json::NodeIndex node;
    std::string path;
  };

  void list(json::NodeIndex node, const std::string& path, std::vector<Item>& out) {
    reader_.items(node, path, [&](json::NodeIndex item, const std::string& item_path) {
      if (out.size() < limits_.max_rules) {
        out.push_back({item, item_path});
      } else if (!over_) {  // SPEC P8
        over_ = true;
        reader_.issues().error(IssueCode::kLimitExceeded, path, 0, "too many resources");
      }
    });
  }

  JsonReader& reader_;
  const Limits& limits_;
  std::vector<Item> params_;
  std::vector<Item> definitions_;
  bool over_ = false;
};

// Calls read(key, node, path) for every option; what it does not know has an issue code of its own.
template <typename Read>
void each_option(JsonReader& reader, json::NodeIndex node, const std::string& path, Read&& read) {
  if (!reader.expect_object(node, path)) {
    return;
  }
  // Without a model type, what read() does not know would be an unknown property.
  reader.members(node, path, {},
                 [&](std::string_view key, json::NodeIndex child, const std::string& child_path) {
                   if (!read(key, child, child_path)) {
                     reader.issues().error(IssueCode::kUnknownOption, child_path, 0,
                                           concat("unknown option `", key, "`"));
                   }
                   return true;
                 });
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
    read_now(reader, node, path, out);
    return true;
  }
  if (key != "operations") {
    return false;
  }
  if (!is_harmless(reader.document(), node)) {
    reader.issues().error(IssueCode::kUnsupportedFeature, path, 0,
                          concat("option `", key, "` cannot be honoured"));
  }
  return true;
}

}  // namespace

void read_options(JsonReader& reader, json::NodeIndex node, const std::string& path,
                  const Limits& limits, Options& out) {
  Supplied supplied(reader, limits);
  each_option(reader, node, path,
              [&](std::string_view key, json::NodeIndex child, const std::string& child_path) {
                return supplied.take(key, child, child_path) ||
                       read_option(reader, key, child, child_path, out);
              });
  supplied.read(out);
}

void read_search_options(std::string_view options_json, const Limits& limits, Issues& issues,
                         Options& out) {
  if (options_json.empty()) {
    return;
  }
  if (options_json.size() > limits.max_policy_bytes) {
    issues.error(IssueCode::kLimitExceeded, "options", 0, "the options are too large");
    return;
  }
  std::string padded(options_json);
  padded.resize(options_json.size() + json::kPadding, '\0');
  json::Parser parser;
  // The bounds of bodies are not those of options.
  Limits bounds = limits;
  bounds.max_body_bytes = limits.max_policy_bytes;
  bounds.max_nodes = Limits().max_nodes;
  if (const Error error = parser.parse({padded.data(), options_json.size()}, bounds)) {
    issues.error(IssueCode::kInvalidJson, "options", static_cast<std::uint32_t>(error.offset),
                 std::string(error_message(error.code)));
    return;
  }
  JsonReader reader(parser.document(), issues);
  Supplied supplied(reader, limits);
  each_option(reader, 0, "options",
              [&](std::string_view key, json::NodeIndex child, const std::string& child_path) {
                return supplied.take(key, child, child_path) ||
                       ((key == "baseUrls" || key == "resolve") &&
                        read_option(reader, key, child, child_path, out));
              });
  supplied.read(out);
}

}  // namespace fhirwall::policy
