#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

// Views of constant tables in four bytes instead of sixteen, so that thousands of them stay small
// in the module. They read like std::string_view and std::span and convert to them; the tables live
// for ever.
namespace fhirwall::fhir {

enum class TypeId : std::uint16_t;

// A text within the character table kPool, of up to Size's maximum of bytes.
template <const char* kPool, typename Size>
class PooledText {
 public:
  constexpr PooledText() = default;
  constexpr PooledText(std::uint16_t offset, Size size) : offset_(offset), size_(size) {}

  [[nodiscard]] constexpr std::string_view view() const { return {kPool + offset_, size_}; }
  constexpr operator std::string_view() const {
    return view();
  }  // NOLINT(google-explicit-constructor)

  [[nodiscard]] constexpr const char* data() const { return kPool + offset_; }
  [[nodiscard]] constexpr std::size_t size() const { return size_; }
  [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
  [[nodiscard]] constexpr const char* begin() const { return data(); }
  [[nodiscard]] constexpr const char* end() const { return data() + size_; }

  [[nodiscard]] constexpr bool starts_with(std::string_view head) const {
    return view().starts_with(head);
  }
  [[nodiscard]] constexpr std::size_t find(std::string_view part) const {
    return view().find(part);
  }
  [[nodiscard]] constexpr std::string_view substr(
      std::size_t from, std::size_t count = std::string_view::npos) const {
    return view().substr(from, count);
  }

  friend constexpr bool operator==(PooledText a, PooledText b) { return a.view() == b.view(); }
  friend constexpr bool operator==(PooledText a, std::string_view b) { return a.view() == b; }

 private:
  std::uint16_t offset_ = 0;
  Size size_ = 0;
};

// A run of ids within the table kPool.
template <const TypeId* kPool>
class PooledIds {
 public:
  constexpr PooledIds() = default;
  constexpr PooledIds(std::uint16_t offset, std::uint8_t size) : offset_(offset), size_(size) {}

  constexpr operator std::span<const TypeId>() const {  // NOLINT(google-explicit-constructor)
    return {begin(), size()};
  }

  [[nodiscard]] constexpr const TypeId* begin() const { return kPool + offset_; }
  [[nodiscard]] constexpr const TypeId* end() const { return begin() + size_; }
  [[nodiscard]] constexpr std::size_t size() const { return size_; }
  [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
  [[nodiscard]] constexpr TypeId operator[](std::size_t i) const { return begin()[i]; }
  [[nodiscard]] constexpr TypeId front() const { return *begin(); }

 private:
  std::uint16_t offset_ = 0;
  std::uint8_t size_ = 0;
};

namespace tables {
extern const char kNameText[];       // names of elements
extern TypeId kTypeRuns[];           // types of elements
extern const char kParamCodes[];     // codes of search parameters
extern char kParamText[];            // their expressions
extern TypeId kParamTargets[];       // their target types
extern const char kComponentText[];  // codes and expressions of their components
}  // namespace tables

}  // namespace fhirwall::fhir
