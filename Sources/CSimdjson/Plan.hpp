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

  /// The names equal to these bytes: usually none or one, more if a name was given twice.
  inline uint32_t match(const uint8_t *key, uint32_t length) const {
    uint32_t candidates = by_length[length_class(length)] & by_first[length > 0 ? key[0] : 0];
    uint32_t found = 0;
    while (candidates != 0) {
      const uint32_t i = static_cast<uint32_t>(__builtin_ctz(candidates));
      candidates &= candidates - 1;
      if (lengths[i] == length && std::memcmp(texts[i], key, length) == 0) found |= 1u << i;
    }
    return found;
  }

  /// The same for the content of a string with escapes.
  uint32_t match_escaped(const uint8_t *key, uint32_t length) const {
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
