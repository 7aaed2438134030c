#include "grammar/scope/dump.hpp"

namespace fhirwall::grammar::scope {
namespace {

void dump_scope(const ResourceScope& scope, std::string& out) {
  switch (scope.level) {
    case Level::kPatient: out += "patient/"; break;
    case Level::kUser: out += "user/"; break;
    case Level::kSystem: out += "system/"; break;
  }
  out += scope.type;
  out += '.';
  unsigned bit = 1;
  for (const char letter : {'c', 'r', 'u', 'd', 's'}) {
    if ((scope.access & bit) != 0) {
      out += letter;
    }
    bit <<= 1;
  }
  if (scope.has_query) {
    out += '?';
    out += scope.query;
  }
}

}  // namespace

std::string dump(const Scopes& scopes) {
  std::string out;
  for (const ResourceScope& scope : scopes.resources) {
    if (!out.empty()) {
      out += ' ';
    }
    dump_scope(scope, out);
  }
  return out;
}

}  // namespace fhirwall::grammar::scope
