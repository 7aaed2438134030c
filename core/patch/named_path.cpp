#include "core/patch/named_path.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "core/base/ascii.hpp"
#include "core/patch/place.hpp"

namespace fhirwall::patch {

using fhir::TypeId;

namespace {

// Functions whose result is part of what they are called on.
constexpr std::string_view kFilters[] = {"where", "first", "last",   "single", "tail",    "skip",
                                         "take",  "as",    "ofType", "trace",  "distinct"};

constexpr bool is_name_char(char c) { return ascii::is_alpha(c) || ascii::is_digit(c) || c == '_'; }

// Reads the names of an expression, left to right.
class Names {
 public:
  explicit Names(std::string_view text) : rest_(ascii::trim(text)) {}

  [[nodiscard]] bool done() const { return rest_.empty(); }
  [[nodiscard]] bool take(char c) {
    rest_ = ascii::trim(rest_);
    const bool found = !rest_.empty() && rest_.front() == c;
    rest_.remove_prefix(found ? 1 : 0);
    rest_ = ascii::trim(rest_);
    return found;
  }
  // Empty when there is none, and for one with escapes, which no element needs.
  [[nodiscard]] std::string_view name() {
    const bool quoted = take('`');
    std::size_t size = 0;
    while (size < rest_.size() && (quoted ? rest_[size] != '`' : is_name_char(rest_[size]))) {
      ++size;
    }
    const std::string_view name = rest_.substr(0, size);
    rest_.remove_prefix(std::min(rest_.size(), size + (quoted ? 1u : 0u)));
    return name.find('\\') == std::string_view::npos ? name : std::string_view();
  }
  // What stands between brackets, up to the matching one, when `open` comes next.
  [[nodiscard]] bool skip(char open) {
    if (!take(open)) {
      return false;
    }
    std::size_t depth = 1;
    char quote = 0;
    std::size_t at = 0;
    for (; at < rest_.size() && depth != 0; ++at) {
      const char c = rest_[at];
      if (quote != 0) {
        at += c == '\\' ? 1u : 0u;
        quote = c == quote ? '\0' : quote;
      } else if (c == '\'' || c == '`') {
        quote = c;
      } else if (c == '(' || c == '[') {
        ++depth;
      } else if (c == ')' || c == ']') {
        --depth;
      }
    }
    rest_ = ascii::trim(rest_.substr(std::min(at, rest_.size())));
    return true;
  }

 private:
  std::string_view rest_;
};

}  // namespace

bool names_protected(std::string_view expression, TypeId type, const IsProtected& is_protected) {
  Names names(expression);
  std::vector<std::string_view> keys;
  TypeId owner = type;
  bool first = true;
  do {
    const std::string_view name = names.name();
    if (name.empty()) {
      return is_protected({});
    }
    if (names.skip('(')) {
      if (name == "extension") {
        keys.push_back(name);
        owner = fhir::well_known().extension;
      } else if (std::find(std::begin(kFilters), std::end(kFilters), name) == std::end(kFilters)) {
        return is_protected(keys);
      }
    } else if (!first || !ascii::is_upper(name.front()) || fhir::find_type(name) == TypeId::kNone) {
      const fhir::Element* const element = fhir::find_element(owner, name);
      if (element != nullptr && element->choice) {
        // Below a choice the names belong to several types: all of it counts.
        return std::any_of(element->types.begin(), element->types.end(), [&](TypeId choice) {
          const std::string key = key_of(*element, choice);
          keys.push_back(key);
          const bool found = is_protected(keys);
          keys.pop_back();
          return found;
        });
      }
      keys.push_back(name);
      owner = element != nullptr ? members_of(element->types[0]) : TypeId::kNone;
    }
    first = false;
    while (names.skip('[')) {
    }
  } while (names.take('.'));
  return is_protected(names.done() ? std::span<const std::string_view>(keys)
                                   : std::span<const std::string_view>());
}

bool split_last(std::string_view expression, std::string_view& front, std::string_view& name) {
  std::size_t at = expression.size();
  while (at != 0 && is_name_char(expression[at - 1])) {
    --at;
  }
  name = expression.substr(at);
  if (name.empty() || at == 0 || expression[at - 1] != '.') {
    return false;
  }
  front = expression.substr(0, at - 1);
  return true;
}

}  // namespace fhirwall::patch
