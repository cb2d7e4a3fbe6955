#ifndef CWEBASSETS_H
#define CWEBASSETS_H

#include <stddef.h>
#include <stdint.h>

// The files of the pages that the gateway shows, compiled into the binary.

typedef struct {
  /// The path below `files`, such as `docs/docs.html`; ends in `.gz` where the bytes are gzip.
  const char *name;
  const uint8_t *bytes;
  size_t count;
} CWebAsset;

/// The file of that name, which lives as long as the process; NULL if there is none.
const CWebAsset *CWebAssetFind(const char *name);

#endif
