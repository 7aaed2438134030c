#include <algorithm>
#include <array>
#include <string_view>

#include "core/base/ascii.hpp"
#include "core/fhir/packed.hpp"
#include "core/fhir/tables.hpp"

// Expands the packed columns into the tables, once, before any other static object is made. The
// numbers here are those of pack_tables.mjs.
namespace fhirwall::fhir::tables {

TypeRow kTypeRows[kTypeCount];
std::uint8_t kSlots[kSlotCount];
std::uint8_t kChoices[kChoiceCount];
std::uint8_t kNameSlots[kNameSlotCount];
std::array<Element, kElementCount> kElements;
TypeId kTypeRuns[kTypeRunsSize];
std::uint8_t kElementTargets[kElementCount];
std::array<std::uint16_t, kReferenceListCount + 1> kTargetBegins;
TypeId kTargets[kReferenceTargetCount];

std::uint16_t kParamBegins[kResourceCount + 2];
std::array<SearchParam, kParamCount> kParams;
char kParamText[kParamTextSize];
TypeId kParamTargets[kTargetCount];

namespace {

constexpr std::uint32_t kBackboneBegin = kResourceEnd;
char kBackboneNames[kBackboneTextSize];

// Numbers below `limit` are one byte; for others the low byte comes from the second column.
class Column {
 public:
  Column(const std::uint8_t* bytes, const std::uint8_t* lows, std::uint32_t limit)
      : bytes_(bytes), lows_(lows), limit_(limit) {}

  std::uint32_t next() {
    const std::uint32_t byte = *bytes_++;
    return byte < limit_ ? byte : limit_ + ((byte - limit_) << 8) + *lows_++;
  }

 private:
  const std::uint8_t* bytes_;
  const std::uint8_t* lows_;
  std::uint32_t limit_;
};

// The texts of a list, one after the other.
class Words {
 public:
  Words(const char* text, char separator) : text_(text), separator_(separator) {}

  std::string_view next() {
    const char* const begin = text_ + at_;
    std::size_t size = 0;
    while (begin[size] != separator_ && begin[size] != '\0') {
      ++size;
    }
    last_ = at_;
    at_ += static_cast<std::uint32_t>(size) + 1;
    return {begin, size};
  }
  // Where the last one begins.
  [[nodiscard]] std::uint16_t offset() const { return static_cast<std::uint16_t>(last_); }

 private:
  const char* text_;
  char separator_;
  std::uint32_t at_ = 0;
  std::uint32_t last_ = 0;
};

TypeId type_of(std::uint32_t id) { return TypeId{static_cast<std::uint16_t>(id)}; }

// Where each run of a list of runs begins.
template <std::size_t kCount>
std::array<std::uint16_t, kCount> begins_of(const std::uint8_t* sizes, std::uint32_t begin) {
  std::array<std::uint16_t, kCount> begins{};
  for (std::size_t i = 0; i < kCount; ++i) {
    begins[i] = static_cast<std::uint16_t>(begin);
    begin += sizes[i];
  }
  return begins;
}

// --- The model.

void unpack_elements() {
  constexpr std::uint32_t kUseLimit = 160;
  constexpr std::uint32_t kNameLimit = 1;
  constexpr std::uint8_t kFarType = 254;
  constexpr std::uint8_t kChoice = 255;
  using Name = decltype(Element::name);

  for (std::uint32_t i = 0; i < kTypeRunsSize; ++i) {
    kTypeRuns[i] = type_of(i < kTypeCount ? i : kChoiceTypes[i - kTypeCount]);
  }
  const auto choices = begins_of<kChoiceRunCount>(kChoiceSizes, kTypeCount);
  static std::array<Element, kDefinitionCount> definitions;
  static std::array<Name, kDefinitionCount> names;
  std::uint32_t name_count = 0;
  Words words{kNameText, ' '};
  Column name_numbers{kDefinitionNames, kDefinitionNameLows, kNameLimit};
  const std::uint8_t* more = kDefinitionMore;
  for (std::uint32_t i = 0; i < kDefinitionCount; ++i) {
    Element& element = definitions[i];
    const std::uint32_t number = name_numbers.next();
    if (number == 0) {
      const auto size = static_cast<std::uint8_t>(words.next().size());
      names[name_count++] = {words.offset(), size};
    }
    element.name = names[number == 0 ? name_count - 1 : number - 1];
    const std::uint8_t flags = kDefinitionFlags[i];
    element.repeats = (flags & 1) != 0;
    element.choice = (flags & 2) != 0;
    element.required = (flags & 4) != 0;
    element.summary_text = (flags & 8) != 0;
    element.display_of_code = (flags & 16) != 0;
    const std::uint8_t type = kDefinitionTypes[i];
    if (type == kChoice) {
      element.types = {choices[*more], kChoiceSizes[*more]};
      more += 1;
    } else if (type == kFarType) {
      element.types = {static_cast<std::uint16_t>(more[0] | more[1] << 8), 1};
      more += 2;
    } else {
      element.types = {type, 1};  // 0: a backbone type, see name_backbones()
    }
  }
  Column uses{kUses, kUseLows, kUseLimit};
  std::uint32_t single = kSharedCount;
  for (Element& element : kElements) {
    const std::uint32_t use = uses.next();
    element = definitions[use == 0 ? single++ : use - 1];
  }
}

void unpack_targets() {
  std::uint16_t begin = 0;
  for (std::uint32_t i = 0; i < kReferenceListCount; ++i) {
    begin = static_cast<std::uint16_t>(begin + kReferenceSizes[i]);
    kTargetBegins[i + 1] = begin;
  }
  for (std::uint32_t i = 0; i < kReferenceTargetCount; ++i) {
    kTargets[i] = type_of(kReferenceTypes[i]);
  }
  const std::uint8_t* list = kReferenceLists;
  std::uint8_t last = 0;  // the first run is that of all other elements
  for (std::uint32_t i = 0; i < kElementCount; ++i) {
    const auto types = kElements[i].types;
    if (std::find(types.begin(), types.end(), kWellKnown.reference) != types.end()) {
      const std::uint8_t number = *list++;
      kElementTargets[i] = number == 0 ? ++last : static_cast<std::uint8_t>(number - 1);
    }
  }
}

void place_types() {
  Words names{kPlainNames, ' '};
  std::uint32_t element = 0;
  std::uint32_t slots = 1;  // the first one stands for all types without elements of their own
  std::uint32_t choices = 0;
  for (std::uint32_t id = 0; id < kTypeCount; ++id) {
    TypeRow& row = kTypeRows[id];
    if (id != 0 && id < kBackboneBegin) {
      const std::string_view name = names.next();
      row.name = name.data();
      row.name_size = static_cast<std::uint8_t>(name.size());
    }
    row.base = kBases[id];
    row.own_begin = static_cast<std::uint16_t>(element);
    row.choices = static_cast<std::uint16_t>(choices);
    const std::uint32_t count = kOwnCounts[id];
    if (count == 0) {
      continue;
    }
    std::uint32_t capacity = 1;
    while (capacity < 2 * count) {
      capacity *= 2;
    }
    row.slots = static_cast<std::uint16_t>(slots);
    row.slot_mask = static_cast<std::uint8_t>(capacity - 1);
    for (std::uint32_t i = 0; i < count; ++i, ++element) {
      const Element& own = kElements[element];
      std::uint32_t at = name_hash(own.name) & row.slot_mask;
      while (kSlots[slots + at] != 0) {
        at = (at + 1) & row.slot_mask;
      }
      kSlots[slots + at] = static_cast<std::uint8_t>(i + 1);
      if (own.choice) {
        kChoices[choices++] = static_cast<std::uint8_t>(i);
        ++row.choice_count;
      }
    }
    slots += capacity;
  }
}

// A backbone type is named like its element: `Patient` and `contact` make `Patient.contact`.
void name_backbones() {
  constexpr std::uint8_t kSameOwner = 0;
  constexpr std::uint8_t kNextOwner = 1;
  const std::uint8_t* owner = kOwners - 1;
  char* text = kBackboneNames;
  for (std::uint32_t id = kBackboneBegin; id < kTypeCount; ++id) {
    const std::uint8_t code = kParents[id - kBackboneBegin];
    owner += code == kNextOwner ? 1 : 0;
    const TypeRow& parent =
        kTypeRows[code == kSameOwner || code == kNextOwner ? *owner : id - (code - kNextOwner)];
    Element& element = kElements[parent.own_begin + kPositions[id - kBackboneBegin]];
    element.types = {static_cast<std::uint16_t>(id), 1};
    TypeRow& row = kTypeRows[id];
    row.name = text;
    text = std::copy_n(parent.name, parent.name_size, text);
    *text++ = '.';
    text = std::copy(element.name.begin(), element.name.end(), text);
    row.name_size = static_cast<std::uint8_t>(text - row.name);
  }
}

void hash_plain_names() {
  constexpr std::uint32_t kMask = kNameSlotCount - 1;
  for (std::uint32_t id = 1; id < kBackboneBegin; ++id) {
    const std::string_view name{kTypeRows[id].name, kTypeRows[id].name_size};
    std::uint32_t at = name_hash(name, ascii::to_upper(name[0])) & kMask;
    while (kNameSlots[at] != 0) {
      at = (at + 1) & kMask;
    }
    kNameSlots[at] = static_cast<std::uint8_t>(id);
  }
}

// --- Search parameters.

// `birth-date` is written `birthDate`.
char* append_element_name(std::string_view code, char* out) {
  bool upper = false;
  for (const char c : code) {
    if (c != '-') {
      *out++ = upper ? ascii::to_upper(c) : c;
    }
    upper = c == '-';
  }
  return out;
}

char* append_expression(std::string_view from, std::string_view type, std::string_view code,
                        char* out) {
  for (const char c : from) {
    if (c == '@') {
      out = std::copy(type.begin(), type.end(), out);
      *out++ = '.';
    } else if (c == '~') {
      out = append_element_name(code, out);
    } else {
      *out++ = c;
    }
  }
  return out;
}

void unpack_params() {
  constexpr std::uint32_t kGapLimit = 250;
  const auto targets = begins_of<kTargetRunCount>(kTargetSizes, 0);
  for (std::uint32_t i = 0; i < kTargetCount; ++i) {
    kParamTargets[i] = type_of(kTargetTypes[i]);
  }
  // What types share: everything but the expression, and its template.
  static std::array<SearchParam, kParamDefinitionCount> definitions;
  static std::array<std::string_view, kParamDefinitionCount> texts;
  static std::array<std::string_view, kParamDefinitionCount> templates;
  std::uint32_t template_count = 0;
  Words codes{kParamCodes, ' '};
  Words lines{kTemplates, '\n'};
  Column numbers{kParamTemplates, kParamTemplateLows, kGapLimit};
  for (std::uint32_t i = 0; i < kParamDefinitionCount; ++i) {
    SearchParam& param = definitions[i];
    if ((kParamTypes[i] & 1) != 0) {
      param.code = definitions[i - 1].code;
    } else {
      const auto size = static_cast<std::uint8_t>(codes.next().size());
      param.code = {codes.offset(), size};
    }
    param.type = static_cast<ParamType>(kParamTypes[i] >> 1);
    param.targets = {targets[kParamTargetRuns[i]], kTargetSizes[kParamTargetRuns[i]]};
    const std::uint32_t number = numbers.next();
    if (number == 0) {
      templates[template_count++] = lines.next();
    }
    texts[i] = templates[number == 0 ? template_count - 1 : number - 1];
  }

  Column gaps{kGaps, kGapLows, kGapLimit};
  std::uint32_t index = 0;
  char* text = kParamText;
  for (std::uint32_t list = 0; list <= kResourceCount; ++list) {
    const bool common = list == kResourceCount;
    const std::string_view type =
        common ? std::string_view{} : type_name(type_of(kResourceBegin + list));
    std::uint32_t definition = 0;
    for (std::uint32_t i = 0; i < kParamCounts[list]; ++i, ++definition, ++index) {
      definition += gaps.next();
      SearchParam& param = kParams[index];
      param = definitions[definition];
      param.common = common;
      param.index = static_cast<std::uint16_t>(index);
      char* const begin = text;
      text = append_expression(texts[definition], type, param.code, begin);
      param.expression = {static_cast<std::uint16_t>(begin - kParamText),
                          static_cast<std::uint16_t>(text - begin)};
    }
    kParamBegins[list + 1] = static_cast<std::uint16_t>(index);
  }
}

struct Unpacked {
  Unpacked() {
    unpack_elements();
    unpack_targets();
    place_types();
    name_backbones();
    hash_plain_names();
    unpack_params();
  }
};

// Before static objects of other files, which may ask the model for types.
[[gnu::init_priority(101)]] const Unpacked kUnpacked;

}  // namespace
}  // namespace fhirwall::fhir::tables
