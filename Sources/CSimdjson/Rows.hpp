// The cells that a scan collects: a growable table of rows × columns.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "CSimdjson.h"

namespace csj {

class Rows {
 public:
  Rows() = default;
  Rows(const Rows &) = delete;
  Rows &operator=(const Rows &) = delete;
  ~Rows() { std::free(cells_); }

  void start(uint32_t columns) {
    columns_ = columns;
    clear();
  }
  void clear() { count_ = not_objects_ = 0; }

  /// Adds a row of absent cells. Null: out of memory. The pointer holds until the next call, also if there are no columns.
  csj_cell *append() {
    const size_t first = static_cast<size_t>(count_) * columns_;
    if (first + columns_ + 1 > capacity_ && !grow(first + columns_ + 1)) return nullptr;
    ++count_;
    csj_cell *row = cells_ + first;
    std::memset(row, 0, columns_ * sizeof(csj_cell));
    return row;
  }
  void count_not_object() { ++not_objects_; }

  void release() {
    std::free(cells_);
    cells_ = nullptr;
    capacity_ = 0;
    clear();
  }
  size_t memory() const { return capacity_ * sizeof(csj_cell); }
  const csj_cell *cells() const { return cells_; }
  uint32_t count() const { return count_; }
  uint32_t not_objects() const { return not_objects_; }

 private:
  csj_cell *cells_ = nullptr;
  size_t capacity_ = 0;
  uint32_t columns_ = 0;
  uint32_t count_ = 0;
  uint32_t not_objects_ = 0;

  bool grow(size_t needed) {
    size_t capacity = capacity_ == 0 ? 512 : capacity_ * 2;
    if (capacity < needed) capacity = needed;
    void *cells = std::realloc(cells_, capacity * sizeof(csj_cell));
    if (cells == nullptr) return false;
    cells_ = static_cast<csj_cell *>(cells);
    capacity_ = capacity;
    return true;
  }
};

}  // namespace csj
