// layer: grammar/request
// Requests: a URL that is read has nothing in its path that another reader would rewrite, every
// parameter between two `&` is kept and says what its bytes say decoded once, and what is written
// in one spelling reads as an equal request.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "grammar/request/dump.hpp"
#include "grammar/request/parse.hpp"

namespace {

using namespace fhirwall::grammar::request;

constexpr ParseLimits kWide = {.max_bytes = 1 << 20, .max_parameters = 1 << 20};

void check(bool holds) {
  if (!holds) {
    std::abort();
  }
}

std::string_view in(std::string_view text, fhirwall::Span span) {
  check(span.begin <= span.end && span.end <= text.size());
  return text.substr(span.begin, span.size());
}

// Form decoding without the grammar.
std::string decode(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '%') {
      out +=
          static_cast<char>(std::strtol(std::string(text.substr(at + 1, 2)).c_str(), nullptr, 16));
      at += 2;
    } else {
      out += text[at] == '+' ? ' ' : text[at];
    }
  }
  return out;
}

void check_path(std::string_view path) {
  for (const char c : path) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    check(plain || std::string_view("-._$*/").find(c) != std::string_view::npos);
  }
  for (std::size_t begin = 0; !path.empty() && begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view segment = path.substr(begin, end - begin);
    check(!segment.empty() && segment != "." && segment != "..");
    begin = end + 1;
  }
}

void check_parameters(std::string_view text, std::size_t begin, const Parameters& parameters) {
  const std::string_view query = text.substr(begin);
  const auto separators = static_cast<std::size_t>(std::count(query.begin(), query.end(), '&'));
  check(parameters.size() == (query.empty() ? 0 : separators + 1));
  std::size_t at = begin;
  for (const Parameter& one : parameters) {
    check(one.key_span.begin == at && one.value_span.begin == one.key_span.end + 1);
    check(text[one.key_span.end] == '=');
    check(!one.name().empty() && one.name().find_first_of(":.%& ") == std::string_view::npos);
    check(decode(in(text, one.key_span)) == one.key);
    check(decode(in(text, one.value_span)) == one.value);
    for (const char c : one.value) {
      check(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
    }
    at = one.value_span.end + 1;
    check(at > text.size() || text[at - 1] == '&');
  }
  check(parameters.empty() || at == text.size() + 1);
}

void check_error(const fhirwall::grammar::SyntaxError& error, std::size_t size) {
  check(error.offset <= size && !error.expected.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  Parameters form;
  if (const auto error = parse_form(text, form)) {
    check_error(*error, size);
  } else {
    check_parameters(text, 0, form);
    Parameters again;
    check(!parse_form(dump(form), again, kWide) && again == form);
  }
  const auto parsed = parse(text);
  if (!parsed.ok()) {
    check_error(parsed.error(), size);
    return 0;
  }
  const std::size_t end = std::min(text.find('?'), size);
  check_path(text.substr(0, end));
  check_parameters(text, std::min(end + 1, size), parsed.value().parameters);
  const std::string written = dump(parsed.value());
  check(std::string_view(written).substr(0, written.find('?')) == text.substr(0, end));
  const auto again = parse(written, kWide);
  check(again.ok() && again.value() == parsed.value() && dump(again.value()) == written);
  return 0;
}
