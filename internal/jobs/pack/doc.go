// Package pack completes tasks over the live API that ask for the vector of one text each. It asks about several texts at once: a pack of
// them is one task of a pool, and each text gets a result.
package pack
