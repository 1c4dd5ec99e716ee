// Package usersocket opens Unix sockets on which only the processes of one user can speak.
package usersocket
