//! How to fit: from data and a start to a certified fit. Knows no truth and no files.
