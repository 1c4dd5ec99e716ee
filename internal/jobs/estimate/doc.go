// Package estimate estimates what the requests of a plan will cost: their tokens by column and model, rubles and time. It extrapolates from
// what is counted in a sample of the requests, from what answers in the journal cost, or from assumptions, and says from which.
package estimate
