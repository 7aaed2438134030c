#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <utility>

#include <simdjson.h>

#include "core/base/result.hpp"
#include "core/base/wipe.hpp"
#include "core/json/byte_scan.hpp"
#include "core/json/document.hpp"
#include "core/json/duplicate_keys.hpp"
#include "core/json/node_builder.hpp"

// Parsing has two stages. simdjson's first stage validates UTF-8, unescaped control characters and
// closed strings, and finds the structural index; our second one (node_builder.cpp) builds nodes
// with byte spans from it, which simdjson's own does not have.

namespace fhirwall::json {
namespace {

// Offsets are 32 bits wide, and simdjson rounds sizes up to its padding.
constexpr std::uint64_t kMaxTextBytes = 0xFFFFFFFFu - kPadding;

}  // namespace

struct Parser::State {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> first_stage;
  const simdjson::implementation* kernel = nullptr;
  BuilderMemory memory;
  std::uint32_t side_high_water = 0;  // bytes of the side buffer written since the last wipe

  [[nodiscard]] bool reserve_index(std::size_t bytes);
  // The first stage.
  [[nodiscard]] Error index(std::string_view text, const Limits& limits);
  // The second one.
  [[nodiscard]] Error build(std::string_view text, const Limits& limits, ItemWindow* window) {
    const Error error = build_nodes(text, first_stage->structural_indexes.get(),
                                    first_stage->n_structural_indexes, limits, memory, window);
    note_side();
    return error;
  }
  void note_side() { side_high_water = std::max(side_high_water, memory.side_size); }
};

// Shows the unfinished node table as a document.
class Parser::Window final : public ItemWindow {
 public:
  Window(Parser& parser, std::string_view text, std::string_view key, ItemVisitor& visitor)
      : ItemWindow(key), parser_(parser), text_(text), visitor_(visitor) {}

  bool open(NodeIndex array, NodeIndex count) override {
    show(count);
    return visitor_.open(parser_.document_, array);
  }
  bool visit(NodeIndex item, NodeIndex count) override {
    show(count);
    parser_.state_->note_side();  // what is dropped is still to be wiped
    return visitor_.visit(parser_.document_, item);
  }

 private:
  void show(NodeIndex count) {
    parser_.state_->memory.node_count = count;
    parser_.show(text_);
  }

  Parser& parser_;
  std::string_view text_;
  ItemVisitor& visitor_;
};

// Makes room for the structural index of a text of that size.
bool Parser::State::reserve_index(std::size_t bytes) {
  if (first_stage && bytes <= first_stage->capacity()) {
    return true;
  }
  const std::size_t known = first_stage ? first_stage->capacity() : 0;
  const std::size_t capacity =
      std::min<std::size_t>(std::max({bytes, known + known / 2, std::size_t{4096}}),
                            std::max<std::size_t>(bytes, std::size_t{kMaxTextBytes}));
  if (!first_stage) {
    if (kernel == nullptr) {
      kernel = simdjson::get_active_implementation();
    }
    // Depth 1: simdjson's own second stage is never run.
    if (kernel->create_dom_parser_implementation(64, 1, first_stage) != simdjson::SUCCESS) {
      return false;
    }
  }
  // NOTE: simdjson allocates with `new`, which ends the program when memory is short and exceptions
  // are off; so ask first with an allocation that may fail. The old index goes before the new
  // comes.
  if (first_stage->set_capacity(64) != simdjson::SUCCESS) {
    return false;
  }
  const std::size_t index_bytes = (capacity + 128) * sizeof(std::uint32_t);
  void* const probe =
      capacity > static_cast<std::size_t>(-1) / 4 - 128 ? nullptr : std::malloc(index_bytes);
  if (probe == nullptr) {
    return false;
  }
  std::free(probe);
  return first_stage->set_capacity(capacity) == simdjson::SUCCESS;
}

Error Parser::State::index(std::string_view text, const Limits& limits) {
  // SPEC P8, 8.1
  if (text.size() > limits.max_body_bytes || text.size() > kMaxTextBytes) {
    return {ErrorCode::kTooLarge, std::min<std::uint64_t>(limits.max_body_bytes, kMaxTextBytes)};
  }
  if (text.empty()) {
    return {ErrorCode::kEmptyBody, 0};
  }
  if (text.starts_with("\xEF\xBB\xBF")) {
    return {ErrorCode::kByteOrderMark, 0};
  }
  if (!reserve_index(text.size())) {
    return {ErrorCode::kOutOfMemory, 0};
  }
  const simdjson::error_code failure =
      first_stage->stage1(reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
                          simdjson::stage1_mode::regular);
  if (failure == simdjson::EMPTY) {
    return {ErrorCode::kEmptyBody, 0};
  }
  if (failure == simdjson::MEMALLOC) {
    return {ErrorCode::kOutOfMemory, 0};
  }
  if (failure != simdjson::SUCCESS) {
    return diagnose_bytes(text);
  }
  return {};
}

Parser::Parser() : state_(new (std::nothrow) State) {}

Parser::~Parser() {
  wipe();
  delete state_;
}

Parser::Parser(Parser&& other) noexcept
    : state_(std::exchange(other.state_, nullptr)),
      document_(std::exchange(other.document_, Document())) {}

Parser& Parser::operator=(Parser&& other) noexcept {
  std::swap(state_, other.state_);
  std::swap(document_, other.document_);
  return *this;
}

Parser Parser::with_kernel(std::string_view name) {
  Parser parser;
  for (const simdjson::implementation* kernel : simdjson::get_available_implementations()) {
    if (parser.state_ != nullptr && kernel->name() == name &&
        kernel->supported_by_runtime_system()) {
      parser.state_->kernel = kernel;
    }
  }
  return parser;
}

void Parser::note(std::string_view key, std::string_view other_key) {
  if (state_ == nullptr) {
    return;
  }
  BuilderMemory& memory = state_->memory;
  memory.noted_keys[0] = first_bytes(key.data());
  memory.noted_keys[1] = first_bytes(other_key.data());
  memory.noted_bits = 0;
  for (const std::string_view one : {key, other_key}) {
    memory.noted_bits |= key_bit(one.data(), static_cast<std::uint32_t>(one.size()));
  }
}

void Parser::show(std::string_view text) {
  BuilderMemory& memory = state_->memory;
  document_.text_ = text;
  document_.nodes_ = memory.nodes.data();
  document_.side_ = memory.side.data();
  document_.size_ = memory.node_count;
  document_.noted_end_ = memory.noted_bits != 0 ? memory.noted_end : kNoNode;
}

Error Parser::finish(std::string_view text, Error error) {
  document_ = Document();
  if (!error) {
    show(text);
  }
  return error;
}

Error Parser::parse(std::string_view text, const Limits& limits) {
  document_ = Document();
  if (state_ == nullptr) {
    return {ErrorCode::kOutOfMemory, 0};
  }
  FHIRWALL_TRY(state_->index(text, limits));
  return finish(text, state_->build(text, limits, nullptr));
}

Error Parser::parse(std::string_view text, const Limits& limits, std::string_view key,
                    ItemVisitor& visitor, bool& visited) {
  visited = false;
  document_ = Document();
  if (state_ == nullptr) {
    return {ErrorCode::kOutOfMemory, 0};
  }
  FHIRWALL_TRY(state_->index(text, limits));
  Window window(*this, text, key, visitor);
  const Error error = state_->build(text, limits, &window);
  if (window.start_over) {
    return finish(text, state_->build(text, limits, nullptr));
  }
  visited = window.opened && !error;
  return finish(text, error);
}

void Parser::wipe() {
  document_ = Document();
  if (state_ != nullptr) {
    wipe_memory(state_->memory.side.data(), state_->side_high_water);
    state_->side_high_water = 0;
  }
}

}  // namespace fhirwall::json
