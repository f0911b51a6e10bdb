;; Dot products of one query with many rows: rows of signed bytes, a query of signed 16-bit numbers, exact sums in 32 bits.
;; Written for connectors/memory/vector-kernel.ts, which says where everything lies; scripts/generate-vector-kernel.mjs assembles it.
(module
  (memory (import "tidemark" "memory") 1)
  (func (export "dots")
    (param $row i32)      ;; first byte of the first row; rows follow each other without a gap
    (param $count i32)    ;; rows, at least 1
    (param $stride i32)   ;; bytes of a row, a multiple of 16 and at least 16
    (param $query i32)    ;; `stride` numbers of 16 bits
    (param $scale i32)    ;; a 32-bit float for each row
    (param $out i32)      ;; gets the sum times the row's scale for each row, as 32-bit floats
    (local $rowEnd i32) (local $at i32) (local $bytes v128) (local $low v128) (local $high v128)
    (loop $rows
      (local.set $rowEnd (i32.add (local.get $row) (local.get $stride)))
      (local.set $at (local.get $query))
      (local.set $low (v128.const i32x4 0 0 0 0))
      (local.set $high (v128.const i32x4 0 0 0 0))
      (loop $sixteen
        (local.set $bytes (v128.load (local.get $row)))
        (local.set $low
          (i32x4.add (local.get $low)
            (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_s (local.get $bytes)) (v128.load (local.get $at)))))
        (local.set $high
          (i32x4.add (local.get $high)
            (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_s (local.get $bytes)) (v128.load offset=16 (local.get $at)))))
        (local.set $at (i32.add (local.get $at) (i32.const 32)))
        (br_if $sixteen
          (i32.lt_u (local.tee $row (i32.add (local.get $row) (i32.const 16))) (local.get $rowEnd))))
      (local.set $low (i32x4.add (local.get $low) (local.get $high)))
      (f32.store (local.get $out)
        (f32.mul
          (f32.convert_i32_s
            (i32.add
              (i32.add (i32x4.extract_lane 0 (local.get $low)) (i32x4.extract_lane 1 (local.get $low)))
              (i32.add (i32x4.extract_lane 2 (local.get $low)) (i32x4.extract_lane 3 (local.get $low)))))
          (f32.load (local.get $scale))))
      (local.set $scale (i32.add (local.get $scale) (i32.const 4)))
      (local.set $out (i32.add (local.get $out) (i32.const 4)))
      (br_if $rows (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))))
