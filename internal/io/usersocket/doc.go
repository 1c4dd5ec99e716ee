// Package usersocket opens Unix sockets, and named pipes on Windows, on which only the processes of one user can speak.
package usersocket
