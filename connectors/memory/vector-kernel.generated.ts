// Made by scripts/generate-vector-kernel.mjs from scripts/int8-dots.wat; do not edit. Read by vector-kernel.ts.

/** A WebAssembly module, base64. */
export const kernelBase64 =
  'AGFzbQEAAAABCgFgBn9/f39/fwACFAEIdGlkZW1hcmsGbWVtb3J5AgABAwIBAAcIAQRkb3RzAAAKygEBxwECAn8DewNAIAAgAmohBiADIQf9DA' +
  'AAAAAAAAAAAAAAAAAAAAAhCf0MAAAAAAAAAAAAAAAAAAAAACEKA0AgAP0ABAAhCCAJIAj9hwEgB/0ABAD9ugH9rgEhCSAKIAj9iAEgB/0ABBD9' +
  'ugH9rgEhCiAHQSBqIQcgAEEQaiIAIAZJDQALIAkgCv2uASEJIAUgCf0bACAJ/RsBaiAJ/RsCIAn9GwNqarIgBCoCAJQ4AgAgBEEEaiEEIAVBBG' +
  'ohBSABQQFrIgENAAsL';
