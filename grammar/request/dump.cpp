#include "grammar/request/dump.hpp"

#include <string_view>

namespace fhirwall::grammar::request {
namespace {

void escape(std::string_view text, std::string& out) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += {'%', kDigits[byte / 16], kDigits[byte % 16]};
    }
  }
}

}  // namespace

std::string dump(const Parameters& parameters) {
  std::string out;
  for (const Parameter& parameter : parameters) {
    out += out.empty() ? "" : "&";
    out += parameter.key;
    out += '=';
    escape(parameter.value, out);
  }
  return out;
}

std::string dump(const Target& target) {
  std::string out;
  for (std::uint32_t i = 0; i < target.path.size; ++i) {
    out += i == 0 ? "" : "/";
    out += target.path.segments[i].text;
  }
  out += target.parameters.empty() ? "" : "?";
  out += dump(target.parameters);
  return out;
}

}  // namespace fhirwall::grammar::request
