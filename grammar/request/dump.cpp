#include "grammar/request/dump.hpp"

#include <string_view>

namespace fhirwall::grammar::request {
namespace {

void dump_segment(std::string_view text, std::string& out) {
  if (!text.empty()) {
    out += out.empty() ? "" : "/";
    out += text;
  }
}

std::string dump_path(const Path& path) {
  std::string out;
  dump_segment(path.type, out);
  dump_segment(path.id, out);
  dump_segment(path.member, out);
  switch (path.ending) {
    case Ending::kNone: break;
    case Ending::kHistory: dump_segment("_history", out); break;
    case Ending::kVersion:
      dump_segment("_history", out);
      dump_segment(path.name, out);
      break;
    case Ending::kSearch: dump_segment("_search", out); break;
    case Ending::kOperation:
      dump_segment("$", out);
      out += path.name;
      break;
    case Ending::kMetadata: dump_segment("metadata", out); break;
  }
  return out;
}

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
    out += parameter.name;
    out += parameter.modifier.empty() ? "" : ":";
    out += parameter.modifier;
    out += parameter.chain.empty() ? "" : ".";
    out += parameter.chain;
    out += '=';
    escape(parameter.value, out);
  }
  return out;
}

std::string dump(const Target& target) {
  std::string out = dump_path(target.path);
  out += target.parameters.empty() ? "" : "?";
  out += dump(target.parameters);
  return out;
}

}  // namespace fhirwall::grammar::request
