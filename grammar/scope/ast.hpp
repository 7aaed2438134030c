#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "grammar/common/span.hpp"

// SMART App Launch scopes, version 1 and 2 (SPEC 11.1). Only resource scopes are kept; other tokens
// (`openid`, `fhirUser`, `launch/patient`, ...) say nothing about resources.
namespace fhirwall::grammar::scope {

enum class Level : std::uint8_t { kPatient, kUser, kSystem };

// The five letters of version 2, as bits. Version 1: read is kRead | kSearch; write is kCreate |
// kUpdate | kDelete; `*` is all.
enum Access : std::uint8_t {
  kCreate = 1,
  kRead = 2,
  kUpdate = 4,
  kDelete = 8,
  kSearch = 16,
};

// `patient/Observation.rs?category=laboratory`
struct ResourceScope {
  Level level = Level::kPatient;
  std::string type;  // a type name as written, known or not, or `*`
  Span type_span;
  std::uint8_t access = 0;  // bits of Access, never 0
  bool has_query = false;
  std::string query;  // the text behind `?` as written, not decoded; not empty if has_query
  Span query_span;
  Span span;
  friend bool operator==(const ResourceScope&, const ResourceScope&) = default;
};

struct Scopes {
  std::vector<ResourceScope> resources;  // in order
  friend bool operator==(const Scopes&, const Scopes&) = default;
};

}  // namespace fhirwall::grammar::scope
