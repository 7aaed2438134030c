#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/fhir/model.hpp"
#include "core/fhir/search_param.hpp"
#include "core/fhir/tables_r4.hpp"

// The tables of this folder, for its .cpp files only. make_tables.mjs generates them. The model and
// the search parameters are generated as packed columns (packed.hpp), which unpack.cpp expands
// before anything else runs: what can be computed is not downloaded. Nothing writes to the tables
// afterwards.
//
// The first kTypeCount of kTypeRuns are the identity.
//
//   kTypeRows[id] --own_begin--> kElements: the type's own elements, up to the next type's
//   own_begin
//                 --slots------> kSlots: hash of the own names; 1 + position in that run, 0 = empty
//                 --choices----> kChoices: positions of the choice elements in that run
namespace fhirwall::fhir::tables {

struct RawComponent {
  std::uint16_t code;        // offset in kComponentText
  std::uint16_t expression;  // offset in kComponentText
  std::uint16_t targets;     // offset in kParamTargets
  std::uint8_t code_size;
  std::uint8_t expression_size;
  std::uint8_t target_count;
  std::uint8_t type;
  std::uint8_t of_resource;
};

struct CompositeRow {
  std::uint16_t param;  // SearchParam::index
  std::uint8_t begin;   // in kComponents
  std::uint8_t size;
};

struct SystemOfCode {
  std::uint16_t element;  // element_index
  std::uint8_t code;      // offset in kSystemCodeText
  std::uint8_t code_size;
  std::uint8_t system;
};

struct RawCode {
  std::uint16_t text;
  std::uint8_t size;
};

struct TypeRow {
  const char* name;
  std::uint16_t own_begin;  // in kElements
  std::uint16_t slots;      // in kSlots
  std::uint16_t choices;    // in kChoices
  std::uint8_t name_size;
  std::uint8_t slot_mask;  // number of slots - 1
  std::uint8_t base;       // TypeId
  std::uint8_t choice_count;
};

struct CodeRun {
  std::uint16_t begin;  // in kCompartmentCodes
  std::uint8_t size;
};

inline constexpr std::uint32_t kResourceBegin = kComplexEnd;
inline constexpr std::uint32_t kResourceCount = kResourceEnd - kResourceBegin;

extern TypeRow kTypeRows[kTypeCount];
extern std::uint8_t kSlots[kSlotCount];
extern std::uint8_t kChoices[kChoiceCount];
extern std::uint8_t kNameSlots[kNameSlotCount];  // ids of the types without dot
extern std::array<Element, kElementCount> kElements;

// kElementTargets[element_index] --> kTargetBegins --> kTargets: up to the next begin
extern std::uint8_t kElementTargets[kElementCount];
extern std::array<std::uint16_t, kReferenceListCount + 1> kTargetBegins;
extern TypeId kTargets[kReferenceTargetCount];

extern std::uint16_t kParamBegins[kResourceCount + 2];  // by resource index, then common
extern std::array<SearchParam, kParamCount> kParams;    // by code within each run

extern const CompositeRow kComposites[kCompositeCount];  // by param
extern const std::array<ParamComponent, kComponentCount> kComponents;

// Code systems are numbered from 1; number 0 is the empty text.
//
//   kElementSystems[element_index] --> kSystemBegins --> kSystemText: up to the next system's begin
extern const char kSystemText[];
extern const std::uint16_t kSystemBegins[kCodeSystemCount + 2];
extern const std::uint8_t kElementSystems[kElementCount];
// The elements whose ValueSet has several systems, by element and code.
extern const char kSystemCodeText[];
extern const SystemOfCode kSystemsOfCodes[kSystemOfCodeCount];

extern const std::uint16_t kCompartmentTypes[kCompartmentCount];
extern const CodeRun kCodeRuns[];
extern const std::uint8_t kMembers[kCompartmentCount * kResourceCount];  // index in kCodeRuns
extern const std::array<std::string_view, kCompartmentCodeCount> kCompartmentCodes;

extern const WellKnown kWellKnown;

// Little-endian, so that the hash is the same everywhere; compilers make one load of it.
constexpr std::uint32_t load32(const char* p) {
  const auto byte = [p](int i) {
    return static_cast<std::uint32_t>(static_cast<unsigned char>(p[i]));
  };
  return byte(0) | byte(1) << 8 | byte(2) << 16 | byte(3) << 24;
}

// First and last bytes and the size tell the names of one type apart well enough; the names are
// compared in full afterwards. `first` stands for the first byte. The same as nameHash in
// make_tables.mjs.
constexpr std::uint32_t name_hash(std::string_view name, char first) {
  const auto n = static_cast<std::uint32_t>(name.size());
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  if (n >= 4) {
    a = load32(name.data());
    b = n > 4 ? load32(name.data() + n - 4) : 0;  // must not hold the first byte
  } else if (n > 0) {
    const auto byte = [name](std::size_t i) {
      return static_cast<std::uint32_t>(static_cast<unsigned char>(name[i]));
    };
    a = byte(n / 2) << 8 | byte(n - 1) << 16;
  }
  a = (a & ~0xFFU) | static_cast<unsigned char>(first);
  std::uint32_t h = (a ^ (n * 0x9E3779B1U)) * 0x85EBCA6BU + b * 0xC2B2AE35U;
  h = (h ^ (h >> 15)) * 0x27D4EB2FU;
  return h ^ (h >> 13);
}
constexpr std::uint32_t name_hash(std::string_view name) {
  return name_hash(name, name.empty() ? '\0' : name.front());
}

constexpr std::array<ParamComponent, kComponentCount> expand_components(
    const RawComponent (&raw)[kComponentCount]) {
  std::array<ParamComponent, kComponentCount> components{};
  for (std::size_t i = 0; i < kComponentCount; ++i) {
    const RawComponent& row = raw[i];
    ParamComponent& component = components[i];
    component.code = {row.code, row.code_size};
    component.type = static_cast<ParamType>(row.type);
    component.expression = {row.expression, row.expression_size};
    component.of_resource = row.of_resource != 0;
    component.targets = {row.targets, row.target_count};
  }
  return components;
}

template <std::size_t kCodes, std::size_t kRaw>
constexpr std::array<std::string_view, kRaw> expand_codes(const char* text,
                                                          const RawCode (&codes)[kCodes],
                                                          const std::uint8_t (&order)[kRaw]) {
  std::array<std::string_view, kRaw> list{};
  for (std::size_t i = 0; i < kRaw; ++i) {
    list[i] = {text + codes[order[i]].text, codes[order[i]].size};
  }
  return list;
}

}  // namespace fhirwall::fhir::tables
