// A plan as the walker reads it: flat, without pointers, so that Swift can own it as plain words.
#pragma once

#include <cstdint>
#include <cstring>

#include "CSimdjson.h"

namespace csj {

/// Up to 32 names, found by two table look-ups and a comparison. A set of names is a mask: bit i is name i.
struct NameTable {
  uint32_t by_length[64];  ///< names of that many bytes; the last entry is for all longer ones
  uint32_t by_first[256];  ///< names that begin with that byte; the empty name is under 0
  uint32_t count;
  uint8_t lengths[CSJ_MAXIMUM_NAMES];
  uint8_t texts[CSJ_MAXIMUM_NAMES][CSJ_MAXIMUM_NAME_LENGTH + 1];

  static uint32_t length_class(uint32_t length) { return length < 63 ? length : 63; }

  bool add(const csj_name &name) {
    if (count == CSJ_MAXIMUM_NAMES || name.length > CSJ_MAXIMUM_NAME_LENGTH) return false;
    if (name.length > 0) std::memcpy(texts[count], name.bytes, name.length);
    lengths[count] = static_cast<uint8_t>(name.length);
    by_length[length_class(static_cast<uint32_t>(name.length))] |= 1u << count;
    by_first[texts[count][0]] |= 1u << count;
    ++count;
    return true;
  }

  /// The names equal to these bytes: usually none or one, more if a name was given twice. Most keys end at the two tables, those
  /// that do not are compared in words: with a call of memcmp each, this was a sixth of a scan with columns.
  inline uint32_t match(const uint8_t *key, uint32_t length) const {
    uint32_t candidates = by_length[length_class(length)] & by_first[length > 0 ? key[0] : 0];
    uint32_t found = 0;
    while (__builtin_expect(candidates != 0, 0)) {
      const uint32_t i = static_cast<uint32_t>(__builtin_ctz(candidates));
      candidates &= candidates - 1;
      if (lengths[i] == length && same_bytes(texts[i], key, length)) found |= 1u << i;
    }
    return found;
  }

  /// Whether two texts of `length` bytes are equal. Reads no byte behind either: the last word overlaps the one before it.
  static inline bool same_bytes(const uint8_t *left, const uint8_t *right, uint32_t length) {
    if (length >= 8) {
      uint32_t at = 0;
      for (; at + 8 < length; at += 8) {
        if (word<uint64_t>(left + at) != word<uint64_t>(right + at)) return false;
      }
      return word<uint64_t>(left + length - 8) == word<uint64_t>(right + length - 8);
    }
    if (length >= 4) {
      return word<uint32_t>(left) == word<uint32_t>(right) && word<uint32_t>(left + length - 4) == word<uint32_t>(right + length - 4);
    }
    for (uint32_t at = 0; at < length; ++at) {
      if (left[at] != right[at]) return false;
    }
    return true;
  }

  template <typename Word>
  static inline Word word(const uint8_t *from) {
    Word value;
    std::memcpy(&value, from, sizeof value);
    return value;
  }

  /// The same for the content of a string with escapes.
  __attribute__((noinline)) uint32_t match_escaped(const uint8_t *key, uint32_t length) const {
    uint8_t plain[CSJ_MAXIMUM_NAME_LENGTH];
    const size_t size = csj_unescape(key, length, plain, sizeof plain);
    return size == SIZE_MAX ? 0 : match(plain, static_cast<uint32_t>(size));
  }
};

struct Plan {
  uint32_t rows;
  uint32_t rows_member;
  uint32_t maximum_depth;
  uint32_t maximum_rows;
  NameTable members;
  NameTable columns;
};

}  // namespace csj
