#include "core/fhirpath/result.hpp"

#include <cstring>
#include <string_view>

#include "core/base/json_text.hpp"
#include "core/base/wipe.hpp"
#include "core/fhirpath/text.hpp"

namespace fhirwall::fhirpath {
namespace {

using Form = Item::Form;
using json::Kind;

// Sizes of records have 29 bits.
constexpr std::uint32_t kMaxRecordBytes = (1U << 29) - 1;
// Numbers of so many digits surely fit in 32 bits.
constexpr std::size_t kIntegerDigits = 9;

bool is_ascii(std::string_view text) {
  unsigned char seen = 0;
  for (const char c : text) {
    seen |= static_cast<unsigned char>(c);
  }
  return seen < 0x80;
}

void append_word(std::string& out, std::uint32_t word) {
  const char bytes[] = {static_cast<char>(word & 0xFF), static_cast<char>(word >> 8 & 0xFF),
                        static_cast<char>(word >> 16 & 0xFF), static_cast<char>(word >> 24 & 0xFF)};
  out.append(bytes, sizeof(bytes));
}

class ResultWriter {
 public:
  ResultWriter(std::span<const json::Document* const> documents, ResultForm form, std::string& out)
      : documents_(documents), form_(form), out_(out) {}
  ResultWriter(const ResultWriter&) = delete;
  ResultWriter& operator=(const ResultWriter&) = delete;
  ~ResultWriter() {
    text_.resize(text_.capacity());
    wipe_memory(text_.data(), text_.size());  // SPEC P7
  }

  // False when the item has no place in the result.
  bool write(const Item& item) {
    if (item.is_node() && !has_value(item) && form_ != ResultForm::kTyped) {
      return false;
    }
    switch (form_) {
      case ResultForm::kJson:
        separate();
        write_plain(item);
        break;
      case ResultForm::kTyped:
        separate();
        write_typed(item);
        break;
      case ResultForm::kRecords: write_record(item); break;
    }
    return true;
  }

  // At least the bytes that the item will take.
  [[nodiscard]] std::size_t least_size(const Item& item) const {
    if (item.form == Form::kString) {
      return item.text_size;
    }
    return item.is_node() && item.node != json::kNoNode ? document(item).raw(item.node).size() : 0;
  }

 private:
  [[nodiscard]] const json::Document& document(const Item& item) const {
    return *documents_[item.document];
  }
  [[nodiscard]] bool has_value(const Item& item) const {
    return item.node != json::kNoNode && document(item).kind(item.node) != Kind::kNull;
  }

  void separate() {
    if (any_) {
      out_ += ',';
    }
    any_ = true;
  }

  // The FHIRPath text of a System value.
  std::string_view text_of(const Item& item) {
    if (item.form == Form::kString) {
      return item.text();
    }
    text_.clear();
    append_text(item, text_);
    return text_;
  }

  void write_plain(const Item& item) {
    switch (item.form) {
      case Form::kNode: out_ += document(item).raw(item.node); break;
      case Form::kStub: {
        JsonList object(out_, '{', '}');
        object.key("resourceType");
        append_json_string(out_, fhir::type_name(item.type));
        object.close();
        break;
      }
      case Form::kTypeName: append_json_string(out_, fhir::type_name(item.type)); break;
      case Form::kTypeInfo: {
        const bool system = item.type == fhir::TypeId::kNone;
        JsonList object(out_, '{', '}');
        object.key("namespace");
        append_json_string(out_, system ? "System" : "FHIR");
        object.key("name");
        append_json_string(out_, system ? system_type_name(static_cast<Form>(item.integer()))
                                        : fhir::type_name(item.type));
        object.close();
        break;
      }
      case Form::kBoolean:
      case Form::kInteger:
      case Form::kLong:
      case Form::kDecimal: append_text(item, out_); break;
      case Form::kString:
      case Form::kDate:
      case Form::kDateTime:
      case Form::kTime:
      case Form::kQuantity: append_json_string(out_, text_of(item)); break;
    }
  }

  void write_typed(const Item& item) {
    JsonList object(out_, '{', '}');
    object.key("type");
    out_ += '"';
    const bool as_text = append_type(item);
    out_ += '"';
    object.key("value");
    if (item.is_node() && !has_value(item)) {
      out_ += "null";
    } else if (as_text) {
      append_json_string(out_, item.is_node() ? document(item).raw(item.node) : text_of(item));
    } else {
      write_plain(item);
    }
    object.close();
  }

  // True when the value is a number that a reader of JSON numbers may not be able to hold.
  bool append_type(const Item& item) {
    const bool node = item.is_node();
    if (item.type != fhir::TypeId::kNone && (node || item.form == Form::kStub)) {
      const fhir::TypeId type = fhir::type_kind(item.type) == fhir::TypeKind::kBackbone
                                    ? fhir::base_type(item.type)
                                    : item.type;
      out_ += "FHIR.";
      out_ += fhir::type_name(type);
      return node && type == fhir::well_known().decimal && has_value(item) &&
             document(item).kind(item.node) == Kind::kNumber;
    }
    out_ += "System.";
    if (item.form == Form::kTypeInfo) {
      out_ += "TypeInfo";
      return false;
    }
    const Form form = node ? form_outside_model(item) : item.form;
    out_ += form == Form::kNode ? std::string_view("Any") : system_type_name(form);
    return form == Form::kLong || form == Form::kDecimal;
  }

  // The System type of a JSON value outside the model; kNode for an object.
  [[nodiscard]] Form form_outside_model(const Item& item) const {
    if (item.node == json::kNoNode) {
      return Form::kNode;
    }
    const json::Document& data = document(item);
    switch (data.kind(item.node)) {
      case Kind::kTrue:
      case Kind::kFalse: return Form::kBoolean;
      case Kind::kString: return Form::kString;
      case Kind::kNumber: return form_of_json_number(data.raw(item.node));
      case Kind::kObject:
      case Kind::kArray:
      case Kind::kNull: break;
    }
    return Form::kNode;
  }

  [[nodiscard]] static Form form_of_json_number(std::string_view text) {
    const auto number = fhir::parse_decimal(text);
    const auto integer = number ? fhir::to_int64(*number) : std::nullopt;
    if (!integer || text.find_first_of(".eE") != std::string_view::npos) {
      return Form::kDecimal;
    }
    return *integer >= INT32_MIN && *integer <= INT32_MAX ? Form::kInteger : Form::kLong;
  }

  void record(RecordKind kind, std::string_view payload) {
    append_word(out_,
                static_cast<std::uint32_t>(payload.size()) << 3 | static_cast<std::uint32_t>(kind));
    out_ += payload;
    out_.append((0U - out_.size()) & 3, '\0');
  }
  void record_text(std::string_view text) {
    record(is_ascii(text) ? RecordKind::kAscii : RecordKind::kText, text);
  }

  void write_record(const Item& item) {
    switch (item.form) {
      case Form::kBoolean:
        return record(item.boolean() ? RecordKind::kTrue : RecordKind::kFalse, {});
      case Form::kInteger: return record_integer(static_cast<std::uint32_t>(item.integer()));
      case Form::kTypeName: return record_text(fhir::type_name(item.type));
      case Form::kString:
      case Form::kDate:
      case Form::kDateTime:
      case Form::kTime:
      case Form::kQuantity: return record_text(text_of(item));
      case Form::kNode: return write_node_record(item);
      case Form::kLong:
      case Form::kDecimal: return record(RecordKind::kJson, text_of(item));
      case Form::kStub:
      case Form::kTypeInfo: break;
    }
    const std::size_t header = out_.size();
    append_word(out_, 0);
    write_plain(item);
    const std::size_t size = out_.size() - header - 4;
    std::string word;
    append_word(word, static_cast<std::uint32_t>(size) << 3 |
                          static_cast<std::uint32_t>(RecordKind::kJson));
    out_.replace(header, 4, word);
    out_.append((0U - out_.size()) & 3, '\0');
  }

  void write_node_record(const Item& item) {
    const json::Document& data = document(item);
    switch (data.kind(item.node)) {
      case Kind::kTrue: return record(RecordKind::kTrue, {});
      case Kind::kFalse: return record(RecordKind::kFalse, {});
      case Kind::kString:
        return record_text(data[item.node].escaped ? data.string(item.node, text_)
                                                   : data.raw_string(item.node));
      case Kind::kNumber: return record_number(data.raw(item.node));
      case Kind::kObject:
      case Kind::kArray:
      case Kind::kNull: return record(RecordKind::kJson, data.raw(item.node));
    }
  }

  void record_number(std::string_view text) {
    std::uint32_t value = 0;
    for (const char c : text) {
      if (c < '0' || c > '9' || text.size() > kIntegerDigits) {
        return record(RecordKind::kJson, text);
      }
      value = value * 10 + static_cast<std::uint32_t>(c - '0');
    }
    record_integer(value);
  }
  void record_integer(std::uint32_t value) {
    append_word(out_, 4U << 3 | static_cast<std::uint32_t>(RecordKind::kInteger));
    append_word(out_, value);
  }

  std::span<const json::Document* const> documents_;
  ResultForm form_;
  std::string& out_;
  std::string text_;
  bool any_ = false;
};

}  // namespace

bool write_result(std::span<const Item> items, std::span<const json::Document* const> documents,
                  ResultForm form, std::uint32_t max_bytes, std::string& out,
                  std::uint32_t& count) {
  const std::size_t base = out.size();
  const bool array = form != ResultForm::kRecords;
  const std::size_t most = form == ResultForm::kRecords && max_bytes > kMaxRecordBytes
                               ? kMaxRecordBytes
                               : std::size_t{max_bytes};
  count = 0;
  if (array) {
    out += '[';
  }
  ResultWriter writer(documents, form, out);
  for (const Item& item : items) {
    // Before and after: what is written for an item is at most six times its own size.
    const std::size_t used = out.size() - base;
    bool fits = used <= most && writer.least_size(item) <= most - used;
    if (fits) {
      count += writer.write(item) ? 1U : 0U;
      fits = out.size() - base <= most;
    }
    if (!fits) {
      wipe_memory(out.data() + base, out.size() - base);
      out.resize(base);
      count = 0;
      return false;
    }
  }
  if (array) {
    out += ']';
  }
  return true;
}

}  // namespace fhirwall::fhirpath
