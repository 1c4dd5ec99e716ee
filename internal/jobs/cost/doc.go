// Package cost estimates what tokens cost: the amounts, the table of prices, and the cost of usage by it. Every amount is an estimate,
// because what a contract says is not known here.
package cost
