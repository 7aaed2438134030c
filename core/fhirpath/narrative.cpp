#include "core/fhirpath/narrative.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "core/base/ascii.hpp"

namespace fhirwall::fhirpath {
namespace {

constexpr std::size_t kMaxDepth = 128;
constexpr std::string_view kXhtml = "http://www.w3.org/1999/xhtml";

// --- What is allowed: HTML 4.0, chapters 7 to 11 (without 9.4) and 15, `a` and `img`.

// Groups of elements that share attributes.
enum Group : std::uint8_t {
  kPlain = 1,
  kAnchor = 2,
  kImage = 4,
  kList = 8,
  kTable = 16,
  kQuote = 32,
  kVoid = 64,  // never has content
  kAny = 63,
};

struct Name {
  std::string_view name;
  std::uint8_t groups;
};

constexpr std::array kElements = {
    Name{"a", kAnchor},          Name{"abbr", kPlain},        Name{"acronym", kPlain},
    Name{"address", kPlain},     Name{"b", kPlain},           Name{"bdo", kPlain},
    Name{"big", kPlain},         Name{"blockquote", kQuote},  Name{"br", kVoid},
    Name{"caption", kTable},     Name{"cite", kPlain},        Name{"code", kPlain},
    Name{"col", kTable | kVoid}, Name{"colgroup", kTable},    Name{"dd", kList},
    Name{"dfn", kPlain},         Name{"div", kPlain},         Name{"dl", kList},
    Name{"dt", kList},           Name{"em", kPlain},          Name{"h1", kPlain},
    Name{"h2", kPlain},          Name{"h3", kPlain},          Name{"h4", kPlain},
    Name{"h5", kPlain},          Name{"h6", kPlain},          Name{"hr", kVoid},
    Name{"i", kPlain},           Name{"img", kImage | kVoid}, Name{"kbd", kPlain},
    Name{"li", kList},           Name{"ol", kList},           Name{"p", kPlain},
    Name{"pre", kPlain},         Name{"q", kQuote},           Name{"samp", kPlain},
    Name{"small", kPlain},       Name{"span", kPlain},        Name{"strong", kPlain},
    Name{"sub", kPlain},         Name{"sup", kPlain},         Name{"table", kTable},
    Name{"tbody", kTable},       Name{"td", kTable},          Name{"tfoot", kTable},
    Name{"th", kTable},          Name{"thead", kTable},       Name{"tr", kTable},
    Name{"tt", kPlain},          Name{"ul", kList},           Name{"var", kPlain},
};

constexpr std::uint8_t kEverywhere = kAny | kVoid;

constexpr std::array kAttributes = {
    Name{"class", kEverywhere},
    Name{"dir", kEverywhere},
    Name{"id", kEverywhere},
    Name{"lang", kEverywhere},
    Name{"style", kEverywhere},
    Name{"title", kEverywhere},
    Name{"xml:lang", kEverywhere},
    Name{"xmlns", kEverywhere},
    Name{"accesskey", kEverywhere},
    Name{"tabindex", kEverywhere},
    Name{"align", kEverywhere},
    Name{"href", kAnchor},
    Name{"hreflang", kAnchor},
    Name{"name", kAnchor},
    Name{"rel", kAnchor},
    Name{"rev", kAnchor},
    Name{"charset", kAnchor},
    Name{"type", kAnchor | kList},
    Name{"src", kImage},
    Name{"alt", kImage},
    Name{"longdesc", kImage},
    Name{"height", kImage | kTable},
    Name{"hspace", kImage},
    Name{"vspace", kImage},
    Name{"border", kImage | kTable},
    Name{"width", kImage | kTable},
    Name{"start", kList},
    Name{"value", kList},
    Name{"compact", kList},
    Name{"cite", kQuote},
    Name{"abbr", kTable},
    Name{"axis", kTable},
    Name{"bgcolor", kTable},
    Name{"cellpadding", kTable},
    Name{"cellspacing", kTable},
    Name{"char", kTable},
    Name{"charoff", kTable},
    Name{"colspan", kTable},
    Name{"frame", kTable},
    Name{"headers", kTable},
    Name{"nowrap", kTable},
    Name{"rowspan", kTable},
    Name{"rules", kTable},
    Name{"scope", kTable},
    Name{"span", kTable},
    Name{"summary", kTable},
    Name{"valign", kTable},
};
static_assert(kAttributes.size() <= 64, "one bit each tells repeated ones");

template <std::size_t kSize>
std::size_t find(const std::array<Name, kSize>& names, std::string_view name) {
  std::size_t i = 0;
  while (i < kSize && names[i].name != name) {
    ++i;
  }
  return i;
}

// --- Text.

bool is_space(char32_t c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// XML 1.0, production Char, for code points of valid UTF-8.
bool is_xml_char(char32_t c) {
  return c < 0x20 ? is_space(c)
                  : c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF) && c != 0xFFFE && c != 0xFFFF;
}

// Reads one character: a reference is the character that it stands for.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}
  [[nodiscard]] bool done() const { return at_ == text_.size(); }

  // False for what XML does not allow. Bytes above ASCII are taken one by one.
  bool next(char32_t& c) {
    const char byte = text_[at_++];
    c = static_cast<unsigned char>(byte);
    if (byte == '&') {
      return reference(c);
    }
    // U+FFFE and U+FFFF are the bytes EF BF BE and EF BF BF.
    const bool noncharacter = c == 0xEF && at_ + 1 < text_.size() && text_[at_] == '\xBF' &&
                              (text_[at_ + 1] == '\xBE' || text_[at_ + 1] == '\xBF');
    return is_xml_char(c) && !noncharacter;
  }

 private:
  bool reference(char32_t& c) {
    // The longest is `&#x10FFFF;`; leading zeros beyond that are refused.
    constexpr std::size_t kLongest = 10;
    const std::size_t end = text_.substr(0, std::min(text_.size(), at_ + kLongest)).find(';', at_);
    if (end == std::string_view::npos || end == at_) {
      return false;
    }
    std::string_view name = text_.substr(at_, end - at_);
    at_ = end + 1;
    if (name.front() != '#') {
      // Those of XML; HTML's are not defined here (FHIR R4, section 2.4).
      constexpr std::array<std::string_view, 5> kNames = {"amp", "lt", "gt", "quot", "apos"};
      constexpr std::string_view kCharacters = "&<>\"'";
      const auto found = std::find(kNames.begin(), kNames.end(), name);
      if (found == kNames.end()) {
        return false;
      }
      c = static_cast<unsigned char>(kCharacters[static_cast<std::size_t>(found - kNames.begin())]);
      return true;
    }
    name.remove_prefix(1);
    const bool hex = name.starts_with('x');
    name.remove_prefix(hex ? 1 : 0);
    c = 0;
    for (const char digit : name) {
      const char lower = ascii::to_lower(digit);
      const bool letter = hex && lower >= 'a' && lower <= 'f';
      if (!letter && !ascii::is_digit(digit)) {
        return false;
      }
      c = c * (hex ? 16 : 10) + static_cast<char32_t>(letter ? lower - 'a' + 10 : digit - '0');
    }
    return !name.empty() && is_xml_char(c);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

// The length of the longest proper prefix of the text that is also its end.
std::size_t border(std::string_view text) {
  std::size_t size = text.size() - 1;
  while (size != 0 && !text.ends_with(text.substr(0, size))) {
    --size;
  }
  return size;
}

// True if the text, its references resolved, has the pattern at its beginning or (`anywhere`)
// somewhere. ASCII case does not count, nor do white space and control characters, which browsers
// skip in front of and inside a scheme.
bool has_pattern(std::string_view text, std::string_view pattern, bool anywhere) {
  std::size_t matched = 0;
  Reader reader(text);
  while (!reader.done()) {
    char32_t c = 0;
    if (!reader.next(c)) {
      return false;
    }
    if (c <= 0x20) {
      continue;
    }
    const char lower = c < 0x80 ? ascii::to_lower(static_cast<char>(c)) : '\x7F';
    if (!anywhere && lower != pattern[matched]) {
      return false;
    }
    while (matched != 0 && lower != pattern[matched]) {
      matched = border(pattern.substr(0, matched));
    }
    matched += lower == pattern[matched] ? 1u : 0u;
    if (matched == pattern.size()) {
      return true;
    }
  }
  return false;
}

// No scripts (txt-1), neither as the address of a link or image nor in a style.
bool is_harmless(std::string_view attribute, std::string_view value) {
  if (attribute == "style") {
    return !has_pattern(value, "javascript:", true) && !has_pattern(value, "vbscript:", true) &&
           !has_pattern(value, "expression(", true) && !has_pattern(value, "@import", true);
  }
  if (attribute == "href" || attribute == "src" || attribute == "cite" || attribute == "longdesc") {
    const bool image = attribute == "src" && has_pattern(value, "data:image/", false);
    return !has_pattern(value, "javascript:", false) && !has_pattern(value, "vbscript:", false) &&
           (image || !has_pattern(value, "data:", false));
  }
  return attribute != "xmlns" || value == kXhtml;
}

// --- The scanner.

class Scanner {
 public:
  Scanner(std::string_view text, Markup markup) : rest_(text), markup_(markup) {}

  [[nodiscard]] bool run() {
    while (!rest_.empty()) {
      const bool ok = rest_.front() != '<'        ? text()
                      : rest_.starts_with("<!--") ? comment()
                      : rest_.starts_with("</")   ? end_tag()
                                                  : start_tag();
      if (!ok) {
        return false;
      }
    }
    return depth_ == 0 && visible_ && (markup_ == Markup::kContent || closed_);
  }

 private:
  // Whether characters may stand here.
  [[nodiscard]] bool takes_content() const {
    return depth_ == 0 ? markup_ == Markup::kContent : (top().groups & kVoid) == 0;
  }
  [[nodiscard]] const Name& top() const { return kElements[open_[depth_ - 1]]; }

  std::string_view take(std::size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }
  bool skip_space() {
    const std::size_t before = rest_.size();
    while (!rest_.empty() && is_space(static_cast<unsigned char>(rest_.front()))) {
      rest_.remove_prefix(1);
    }
    return rest_.size() != before;
  }
  std::string_view name() {
    std::size_t size = 0;
    while (size < rest_.size() &&
           (ascii::is_alpha(rest_[size]) || ascii::is_digit(rest_[size]) || rest_[size] == ':')) {
      ++size;
    }
    return take(size);
  }

  bool text() {
    const std::string_view run = take(std::min(rest_.find('<'), rest_.size()));
    if (run.find("]]>") != std::string_view::npos) {
      return false;
    }
    bool blank = true;
    Reader reader(run);
    while (!reader.done()) {
      char32_t c = 0;
      if (!reader.next(c)) {
        return false;
      }
      blank = blank && is_space(c);
    }
    visible_ = visible_ || !blank;
    return blank || takes_content();
  }

  // HTML ends a comment earlier than XML at `<!-->`, `<!--->` and `--!>`: none of them is allowed.
  bool comment() {
    constexpr std::size_t kOpening = 4;
    take(kOpening);
    const std::size_t end = rest_.find("--");
    if (end == std::string_view::npos) {
      return false;
    }
    const std::string_view body = take(end);
    if (body.starts_with('>') || body.starts_with("->") || !rest_.starts_with("-->")) {
      return false;
    }
    take(3);
    // No references: an ampersand has no meaning in a comment.
    return std::all_of(body.begin(), body.end(),
                       [](char c) { return is_xml_char(static_cast<unsigned char>(c)); });
  }

  bool end_tag() {
    take(2);
    const std::string_view closing = name();
    skip_space();
    if (depth_ == 0 || closing != top().name || take(1) != ">") {
      return false;
    }
    --depth_;
    closed_ = closed_ || depth_ == 0;
    return true;
  }

  bool start_tag() {
    take(1);
    const std::size_t element = find(kElements, name());
    const bool root = depth_ == 0 && markup_ == Markup::kDiv;
    if (element == kElements.size() || depth_ == kMaxDepth ||
        (root ? closed_ || kElements[element].name != "div" : !takes_content())) {
      return false;
    }
    std::uint64_t seen = 0;
    while (true) {
      const bool spaced = skip_space();
      if (rest_.starts_with("/>")) {
        take(2);
        closed_ = closed_ || depth_ == 0;
        return true;
      }
      if (rest_.starts_with('>')) {
        take(1);
        open_[depth_++] = static_cast<std::uint8_t>(element);
        return true;
      }
      if (!spaced || !attribute(kElements[element], seen)) {
        return false;
      }
    }
  }

  bool attribute(const Name& element, std::uint64_t& seen) {
    const std::string_view attribute_name = name();
    const std::size_t index = find(kAttributes, attribute_name);
    if (index == kAttributes.size() || (kAttributes[index].groups & element.groups) == 0 ||
        ((seen >> index) & 1) != 0) {
      return false;
    }
    seen |= std::uint64_t{1} << index;
    skip_space();
    if (take(1) != "=") {
      return false;
    }
    skip_space();
    const std::string_view quote = take(1);
    if (quote != "\"" && quote != "'") {
      return false;
    }
    const std::size_t end = rest_.find(quote);
    if (end == std::string_view::npos) {
      return false;
    }
    const std::string_view value = take(end);
    take(1);
    Reader reader(value);
    while (!reader.done()) {
      char32_t c = 0;
      if (!reader.next(c)) {
        return false;
      }
    }
    if (attribute_name == "src") {
      visible_ = true;  // an image
    }
    return value.find('<') == std::string_view::npos && is_harmless(attribute_name, value);
  }

  std::string_view rest_;
  Markup markup_;
  std::array<std::uint8_t, kMaxDepth> open_{};  // positions in kElements
  std::size_t depth_ = 0;
  bool visible_ = false;  // there is text or an image (txt-2)
  bool closed_ = false;   // the outermost element has ended
};

}  // namespace

bool is_narrative(std::string_view text, Markup markup) { return Scanner(text, markup).run(); }

}  // namespace fhirwall::fhirpath
