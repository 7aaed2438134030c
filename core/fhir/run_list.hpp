#pragma once

#include <array>
#include <cstddef>
#include <iterator>
#include <span>

namespace fhirwall::fhir {

// Up to four runs of constants, read one after the other as pointers: a type's inherited and own
// elements lie in different places of one table. Cheap to copy; the constants live for ever.
template <typename T>
class RunList {
 public:
  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = const T*;
    using difference_type = std::ptrdiff_t;
    using pointer = const value_type*;
    using reference = value_type;

    Iterator() = default;
    Iterator(const std::span<const T>* run, const std::span<const T>* end) : run_(run), end_(end) {
      settle();
    }

    [[nodiscard]] value_type operator*() const { return run_->data() + at_; }
    Iterator& operator++() {
      ++at_;
      settle();
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    void settle() {
      while (run_ != end_ && at_ == run_->size()) {
        ++run_;
        at_ = 0;
      }
    }

    const std::span<const T>* run_ = nullptr;
    const std::span<const T>* end_ = nullptr;
    std::size_t at_ = 0;
  };

  static constexpr std::size_t kMaxRuns = 4;

  void append(std::span<const T> run) { runs_[count_++] = run; }

  // The list must outlive its iterators (a range-for over a temporary keeps it).
  [[nodiscard]] Iterator begin() const { return {runs_.data(), runs_.data() + count_}; }
  [[nodiscard]] Iterator end() const { return {runs_.data() + count_, runs_.data() + count_}; }
  [[nodiscard]] std::size_t size() const {
    std::size_t sum = 0;
    for (const auto& run : runs_) {
      sum += run.size();
    }
    return sum;
  }
  [[nodiscard]] bool empty() const { return size() == 0; }

 private:
  std::array<std::span<const T>, kMaxRuns> runs_{};
  std::size_t count_ = 0;
};

}  // namespace fhirwall::fhir
