package flags

import "github.com/urfave/cli/v2"

// places is the key under which the metadata of an app has the places of flags that a file sets.
const places = "places of flags"

// SetFrom gives a flag the value that a file has for it. place is where, such as "job.yaml:3".
func SetFrom(c *cli.Context, name, value, place string) error {
	if err := c.Set(name, value); err != nil {
		return err
	}
	if c.App.Metadata == nil {
		c.App.Metadata = map[string]any{}
	}
	all, ok := c.App.Metadata[places].(map[string]string)
	if !ok {
		all = map[string]string{}
		c.App.Metadata[places] = all
	}
	all[name] = place
	return nil
}

// PlaceOf returns the place in a file that sets a flag, "" if the command line sets it or nothing does.
func PlaceOf(c *cli.Context, name string) string {
	all, _ := c.App.Metadata[places].(map[string]string)
	return all[name]
}
